/* Painting the board.
 * Invariant: no line is wider than the window; what people wrote goes through cells.
 * Thread: any. */
#include "paint.h"

#include "cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEAD_LINES 4 /* heading, counts, filter, titles */
#define FOOT_LINES 1
#define CLOCK_WIDTH 8
#define GAP 2 /* blanks between columns */

/* Between these a terminal that knows them shows nothing half done; others pass over them. */
#define FRAME_BEGIN "\033[?2026h"
#define FRAME_END "\033[?2026l"

#define BOLD "1"
#define FAINT "2"
#define RED "31"
#define GREEN "32"
#define YELLOW "33"

static const char *const colours[BOARD_BASES] = {
	[MU_AVAILABLE] = GREEN,
	[MU_AWAY] = YELLOW,
	[MU_BUSY] = RED,
	[MU_OFFLINE] = FAINT,
};

static void style(const struct paint *paint, struct mu_buf *out, const char *code)
{
	if (paint->colour)
		mu_buf_printf(out, "\033[%sm", code);
}

static void styled_cell(const struct paint *paint, struct mu_buf *out, const char *code, const char *text,
			size_t width, bool pad)
{
	style(paint, out, code);
	cell_add(out, text, width, pad);
	style(paint, out, "0");
}

/* ---- columns ---- */

enum { NAME, STATUS, SINCE, DEVICES, NOTE, COLUMNS };

static const struct {
	const char *title;
	size_t max; /* on a screen */
} columns[COLUMNS] = {
	[NAME] = { "NAME", 32 },       [STATUS] = { "STATUS", 20 }, [SINCE] = { "SINCE", 12 },
	[DEVICES] = { "DEVICES", 30 }, [NOTE] = { "NOTE", 140 },
};

/* How columns give way in a narrow window, one after the other. Least 0: it is left out, rather than narrower
 * than its title. */
static const struct {
	int column;
	size_t least;
} giving_way[] = {
	{ NOTE, 0 }, { DEVICES, 0 }, { SINCE, 0 }, { NAME, 8 }, { STATUS, 6 }, { STATUS, 0 }, { NAME, 1 },
};

static const char *cell_text(const struct board_person *person, int column, int64_t now_ms,
			     char scratch[static CELL_SPAN_TEXT])
{
	switch (column) {
	case NAME:
		return person->name;
	case STATUS:
		return person->status;
	case DEVICES:
		return person->devices;
	case NOTE:
		return person->note ? person->note : "";
	default:
		*scratch = '\0';
		if (person->since_ms)
			cell_span(now_ms - person->since_ms, scratch);
		return scratch;
	}
}

static size_t total_width(const size_t widths[static COLUMNS])
{
	size_t total = 0;

	for (int i = 0; i < COLUMNS; i++)
		if (widths[i])
			total += widths[i] + (total ? GAP : 0);
	return total;
}

static void shrink(size_t widths[static COLUMNS], size_t room)
{
	for (size_t i = 0; i < MU_COUNT(giving_way); i++) {
		int column = giving_way[i].column;
		size_t total = total_width(widths), over = total > room ? total - room : 0;
		size_t least = giving_way[i].least;

		if (!over)
			return;
		if (!least && widths[column] < over + strlen(columns[column].title))
			widths[column] = 0;
		else if (widths[column] > least)
			widths[column] = widths[column] > over + least ? widths[column] - over : least;
	}
}

static void fit(const struct paint *paint, size_t widths[static COLUMNS])
{
	char scratch[CELL_SPAN_TEXT];

	for (int i = 0; i < COLUMNS; i++)
		widths[i] = strlen(columns[i].title);
	for (size_t k = 0; k < paint->n; k++) {
		for (int i = 0; i < COLUMNS; i++) {
			size_t width = cell_width(cell_text(paint->people[k], i, paint->now_ms, scratch));

			if (paint->width && width > columns[i].max)
				width = columns[i].max;
			if (width > widths[i])
				widths[i] = width;
		}
	}
	if (paint->width)
		shrink(widths, (size_t)paint->width);
}

static bool is_last(const size_t widths[static COLUMNS], int column)
{
	while (++column < COLUMNS)
		if (widths[column])
			return false;
	return true;
}

static void add_titles(const struct paint *paint, const size_t widths[static COLUMNS], struct mu_buf *out)
{
	style(paint, out, BOLD);
	for (int i = 0; i < COLUMNS; i++) {
		bool last = is_last(widths, i);

		cell_add(out, columns[i].title, widths[i], !last);
		if (last)
			break;
		cell_blanks(out, widths[i] ? GAP : 0);
	}
	style(paint, out, "0");
}

/* Without the blanks that only the next column would need. */
static void add_row(const struct paint *paint, const struct board_person *person,
		    const size_t widths[static COLUMNS], struct mu_buf *out)
{
	char scratch[CELL_SPAN_TEXT];

	for (int i = 0; i < COLUMNS; i++) {
		const char *text = cell_text(person, i, paint->now_ms, scratch);
		bool last = is_last(widths, i), faint = person->base == MU_OFFLINE;

		styled_cell(paint, out,
			    i == STATUS ? colours[person->base]
			    : faint     ? FAINT
					: "0",
			    text, widths[i], !last);
		if (last)
			break;
		cell_blanks(out, widths[i] ? GAP : 0);
	}
}

static void add_counts(const struct paint *paint, size_t room, struct mu_buf *out)
{
	for (int base = 0; base < BOARD_BASES; base++) {
		char text[64];
		size_t gap = base ? GAP : 0, n;

		n = (size_t)snprintf(text, sizeof(text), "%zu %s", paint->board->counts[base],
				     mu_base_status_names[base]);
		if (n + gap > room)
			return;
		cell_blanks(out, gap);
		styled_cell(paint, out, colours[base], text, n, false);
		room -= n + gap;
	}
}

/* ---- a screen ---- */

size_t paint_rows(int height)
{
	return height > HEAD_LINES + FOOT_LINES ? (size_t)(height - HEAD_LINES - FOOT_LINES) : 0;
}

static void begin_line(struct mu_buf *out)
{
	mu_buf_str(out, "\033[2K");
}

static void end_line(struct mu_buf *out)
{
	mu_buf_str(out, "\r\n");
}

static void title_text(const struct paint *paint, struct mu_buf *text)
{
	mu_buf_str(text, paint->workspace);
	if (paint->team)
		mu_buf_printf(text, ", team %s", paint->team);
}

/* Name and state on the left, the time on the right where there is room for it. */
static void add_heading(const struct paint *paint, struct mu_buf *out)
{
	size_t width = (size_t)paint->width, name_width, rest;
	bool clock = width >= 40;
	time_t now = (time_t)(paint->now_ms / 1000);
	AUTO_BUF struct mu_buf title = { 0 };
	char text[CLOCK_WIDTH + 1];
	struct tm local;

	title_text(paint, &title);
	name_width = cell_width(mu_buf_text(&title));
	if (name_width > width / 2)
		name_width = width / 2;
	styled_cell(paint, out, BOLD, mu_buf_text(&title), name_width, true);
	rest = width - name_width - (clock ? CLOCK_WIDTH + GAP : 0);
	if (rest > GAP) {
		cell_blanks(out, GAP);
		styled_cell(paint, out, paint->live ? GREEN : RED, paint->state, rest - GAP, clock);
	}
	if (!clock)
		return;
	cell_blanks(out, GAP);
	strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&now, &local));
	mu_buf_str(out, text);
}

static void add_filter(const struct paint *paint, struct mu_buf *out)
{
	AUTO_BUF struct mu_buf text = { 0 };

	if (paint->typing)
		mu_buf_printf(&text, "Name: %s_", paint->filter);
	else if (*paint->filter)
		mu_buf_printf(&text, "Name: %s   (Esc shows everybody)", paint->filter);
	cell_add(out, mu_buf_text(&text), (size_t)paint->width, false);
}

static const char *empty_text(const struct paint *paint)
{
	return *paint->filter ? "Nobody has such a name." : "There is nobody whom this token may see.";
}

static void add_footer(const struct paint *paint, size_t rows, struct mu_buf *out)
{
	static const char keys[] = "q quit   / find a name   ↑ ↓ scroll";
	size_t width = (size_t)paint->width, last = paint->first + rows;
	char place[64];
	size_t place_width;

	if (last > paint->n)
		last = paint->n;
	snprintf(place, sizeof(place), "%zu–%zu of %zu", paint->n ? paint->first + 1 : 0, last, paint->n);
	place_width = cell_width(place);
	style(paint, out, FAINT);
	if (place_width + GAP < width) {
		cell_add(out, keys, width - place_width - GAP, true);
		cell_blanks(out, GAP);
	}
	cell_add(out, place, width, false);
	style(paint, out, "0");
}

static void add_people(const struct paint *paint, const size_t widths[static COLUMNS], size_t rows,
		       struct mu_buf *out)
{
	for (size_t i = 0; i < rows; i++) {
		size_t at = paint->first + i;

		begin_line(out);
		if (at < paint->n)
			add_row(paint, paint->people[at], widths, out);
		else if (i == 0)
			styled_cell(paint, out, FAINT, empty_text(paint), (size_t)paint->width, false);
		end_line(out);
	}
}

void paint_screen(const struct paint *paint, struct mu_buf *out)
{
	size_t widths[COLUMNS], rows = paint_rows(paint->height);

	fit(paint, widths);
	mu_buf_str(out, rows ? FRAME_BEGIN "\033[H" : FRAME_BEGIN "\033[H\033[J");
	begin_line(out);
	add_heading(paint, out);
	if (rows) {
		end_line(out);
		begin_line(out);
		add_counts(paint, (size_t)paint->width, out);
		end_line(out);
		begin_line(out);
		add_filter(paint, out);
		end_line(out);
		begin_line(out);
		add_titles(paint, widths, out);
		end_line(out);
		add_people(paint, widths, rows, out);
		begin_line(out);
		add_footer(paint, rows, out);
	}
	mu_buf_str(out, FRAME_END);
}

void paint_once(const struct paint *paint, struct mu_buf *out)
{
	size_t widths[COLUMNS];
	AUTO_BUF struct mu_buf title = { 0 };

	title_text(paint, &title);
	fit(paint, widths);
	cell_add(out, mu_buf_text(&title), SIZE_MAX, false);
	mu_buf_str(out, ": ");
	add_counts(paint, SIZE_MAX, out);
	mu_buf_str(out, "\n\n");
	add_titles(paint, widths, out);
	mu_buf_char(out, '\n');
	for (size_t i = 0; i < paint->n; i++) {
		add_row(paint, paint->people[i], widths, out);
		while (out->n && out->data[out->n - 1] == ' ')
			out->n--;
		mu_buf_char(out, '\n');
	}
	if (!paint->n)
		mu_buf_printf(out, "%s\n", empty_text(paint));
}
