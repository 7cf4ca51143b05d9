/* The mails that commands send: one row of the table each, in plain words. A word in braces stands for
 * what the mail is about.
 * Invariant: no mail holds a password.
 * Thread: hub. */
#include "commands.h"
#include "muster/base/clock.h"

static const struct template
{
	const char *subject, *text;
}
templates[] = {
	[MAIL_INVITE] = {
		.subject = "{inviter} invites you to {workspace}",
		.text = "Hello{name},\n"
			"\n"
			"{inviter} invites you to join {workspace} on Muster.\n"
			"\n"
			"Open this link to choose a password and to sign in:\n"
			"\n"
			"{link}\n"
			"\n"
			"It is good until {until}, once and for you alone. If you don't know what this is\n"
			"about, leave it: without you nothing happens.\n",
	},
	[MAIL_WELCOME] = {
		.subject = "Welcome to {workspace}",
		.text = "Hello{name},\n"
			"\n"
			"{inviter} added you to {workspace} on Muster.\n"
			"\n"
			"Sign in here, to the workspace {id} and with your address {email}:\n"
			"\n"
			"{link}\n"
			"\n"
			"Passwords are never sent by mail: whoever added you tells you yours.\n",
	},
};

bool call_mails(const struct mu_call *call)
{
	return *call->config->smtp_url;
}

/* Every address of the machine is none that a link could name. */
static bool listens_everywhere(const char *listen)
{
	return !strncmp(listen, "0.0.0.0:", strlen("0.0.0.0:")) || !strncmp(listen, "[::]:", strlen("[::]:"));
}

char *call_public_url(struct mu_call *call)
{
	const char *url = call->config->public_url, *listen = call->config->listen;
	size_t n = strlen(url);

	if (!n)
		return listens_everywhere(listen) ? mu_arena_strdup(call->arena, "")
						  : mu_arena_printf(call->arena, "http://%s", listen);
	while (url[n - 1] == '/')
		n--;
	return mu_arena_strndup(call->arena, url, n);
}

/* "2026-11-21 12:00 UTC" */
static char *spell_time(struct mu_call *call, int64_t wall_ms)
{
	char text[MU_TIME_TEXT];

	mu_time_format(wall_ms, text);
	return mu_arena_printf(call->arena, "%.10s %.5s UTC", text, text + strlen("2026-11-21T"));
}

struct word {
	const char *name, *text;
};

/* The template with its words filled in; what is filled in is never looked at again. */
static const char *fill(struct mu_call *call, const char *template, const struct word *words)
{
	AUTO_BUF struct mu_buf out = { 0 };

	for (const char *brace; (brace = strchr(template, '{')); template = strchr(brace, '}') + 1) {
		const size_t n = strcspn(brace + 1, "}");
		mu_buf_add(&out, template, (size_t)(brace - template));
		for (const struct word *word = words; word->name; word++)
			if (strlen(word->name) == n && !strncmp(word->name, brace + 1, n))
				mu_buf_str(&out, word->text);
	}
	mu_buf_str(&out, template);
	return mu_buf_error(&out) ? NULL : mu_arena_strdup(call->arena, mu_buf_text(&out));
}

enum mu_err call_mail(struct mu_call *call, enum mail_kind kind, const struct mail_words *about)
{
	const char *name = about->name ? mu_arena_printf(call->arena, " %s", about->name) : "";
	const char *until = spell_time(call, about->until_ms);
	const struct word words[] = {
		{ "inviter", call->actor.user ? call->actor.user->name : "Your team" },
		{ "workspace", call->ws->name },
		{ "id", call->ws->id },
		{ "name", name },
		{ "email", about->email },
		{ "link", about->link },
		{ "until", until },
		{ NULL, NULL },
	};

	if (!call_mails(call))
		return MU_OK;
	if (!name || !until || !about->link)
		return MU_NO_MEMORY;
	call->mail = (struct mu_mail){ .to = mu_arena_strdup(call->arena, about->email),
				       .subject = fill(call, templates[kind].subject, words),
				       .text = fill(call, templates[kind].text, words) };
	return call->mail.to && call->mail.subject && call->mail.text ? MU_OK : MU_NO_MEMORY;
}
