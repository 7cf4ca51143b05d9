/* What people see of a person: records of presence as JSON text.
 * Invariant: what a person hides is in no record but their own.
 * Thread: hub. */
#include "presence.h"

#include "room.h"
#include "muster/model/capacity.h"

#include <string.h>

/* A person has a few devices; a program that makes them up by the hundred shall not make everybody's records
 * grow. */
#define DEVICES_SHOWN 8

static void write_devices(const struct mu_person *person, struct mu_buf *out)
{
	const struct mu_device *device = mu_presence_devices_visible(person) ? person->devices : NULL;

	mu_buf_str(out, ",\"devices\":[");
	for (size_t n = 0; device && n < DEVICES_SHOWN; n++, device = device->next) {
		mu_json_comma(out);
		mu_buf_str(out, "{\"kind\":");
		mu_json_string(out, mu_device_kind_names[device->kind]);
		mu_buf_str(out, ",\"state\":");
		mu_json_string(out, mu_activity_names[device->activity]);
		mu_buf_char(out, '}');
	}
	mu_buf_char(out, ']');
}

/* What people see of a person whom they, or the person themself, look at. Who appears offline looks to others
 * like somebody who left when they chose to, by whatever name they call it, and nothing that they do from
 * then on shows; so nobody who is shown as offline has a note. */
struct look {
	const char *status, *note;
	enum mu_cause cause;
	int64_t until_ms, last_seen_ms;
};

static struct look look_of(const struct mu_person *person, bool own)
{
	const struct mu_effective *shown = &person->shown;

	if (!own && shown->base == MU_OFFLINE)
		return (struct look){ .status = mu_base_status_names[MU_OFFLINE],
				      .cause = MU_CAUSE_DISCONNECT,
				      .last_seen_ms = person->told_seen_wall_ms };
	return (struct look){ .status = shown->status,
			      .note = person->chosen.note,
			      .cause = shown->cause,
			      .until_ms = person->chosen.until_ms,
			      .last_seen_ms = own ? person->last_seen_wall_ms : person->told_seen_wall_ms };
}

const char *presence_status(const struct mu_person *person, bool own)
{
	return look_of(person, own).status;
}

void presence_write_choice(const struct mu_person *person, struct mu_buf *out)
{
	mu_buf_str(out, "{\"status\":");
	mu_json_string(out, person->chosen.status);
	mu_buf_str(out, ",\"note\":");
	mu_json_string(out, person->chosen.note);
	mu_buf_str(out, ",\"until\":");
	mu_json_time(out, person->chosen.until_ms);
	mu_buf_char(out, '}');
}

static void write_work(const struct mu_user *user, const struct mu_effective *shown, struct mu_buf *out)
{
	mu_buf_str(out, ",\"load\":");
	mu_buf_i64(out, user ? user->load : 0);
	mu_buf_str(out, ",\"capacity\":");
	mu_buf_i64(out, user ? user->capacity : 0);
	mu_buf_str(out, ",\"accepting\":");
	mu_buf_str(out, shown->accepting && user && !mu_user_full(user) ? "true" : "false");
	if (shown->reachable_mobile)
		mu_buf_str(out, ",\"reachable\":\"mobile\"");
}

/* Stands last in a record: that somebody was seen again is no news as long as they are there. */
#define LAST_SEEN ",\"last_seen\":"

void presence_write(struct room *room, const struct mu_person *person, bool own, struct mu_buf *out)
{
	const struct mu_user *user = mu_workspace_user(room->ws, person->user);
	const struct mu_effective *shown = &person->shown;
	const struct look look = look_of(person, own);

	mu_buf_str(out, "{\"user\":");
	mu_json_string(out, person->user);
	mu_buf_str(out, ",\"name\":");
	mu_json_string(out, user ? user->name : "");
	mu_buf_str(out, ",\"status\":");
	mu_json_string(out, look.status);
	mu_buf_str(out, ",\"base\":");
	mu_json_string(out, mu_base_status_names[shown->base]);
	mu_buf_str(out, ",\"since\":");
	mu_json_time(out, person->since_wall_ms);
	mu_buf_str(out, ",\"cause\":");
	mu_json_string(out, mu_cause_names[look.cause]);
	mu_buf_str(out, ",\"note\":");
	mu_json_string(out, look.note);
	mu_buf_str(out, ",\"until\":");
	mu_json_time(out, look.until_ms);
	write_devices(person, out);
	if (own) {
		mu_buf_str(out, ",\"chosen\":");
		presence_write_choice(person, out);
	}
	write_work(user, shown, out);
	mu_buf_str(out, LAST_SEEN);
	mu_json_time(out, look.last_seen_ms);
	mu_buf_char(out, '}');
}

const char *presence_json(struct room *room, struct mu_person *person)
{
	struct member *member = person->owner;
	AUTO_BUF struct mu_buf out = { 0 };

	if (!member->json) {
		presence_write(room, person, false, &out);
		member->json = mu_buf_take(&out);
	}
	return member->json;
}

static size_t news_length(const char *json)
{
	const char *end = strstr(json, LAST_SEEN);

	return end ? (size_t)(end - json) : strlen(json);
}

bool presence_renew(struct room *room, struct mu_person *person)
{
	struct member *member = person->owner;
	AUTO_FREE char *before = member->json;

	member->json = NULL;
	const char *now = presence_json(room, person);
	if (member->unseen) {
		member->unseen = false;
		return true;
	}
	return !before || !now || news_length(before) != news_length(now) ||
	       strncmp(before, now, news_length(now)) != 0;
}
