/* Time zones by way of GLib's GTimeZone, which reads the machine's IANA database. No other file knows GLib.
 * Invariant: a zone never changes after it was made.
 * Thread: one owner per zone; GLib's own cache of zones has its lock. */
#include "muster/base/zone.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 64

struct mu_zone {
	GTimeZone *tz;
};

/* GLib also takes offsets, the local zone and paths; names come from outsiders, who may have the database's
 * only. */
static bool is_database_name(const char *name)
{
	static const char accepted[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	size_t n = strlen(name);

	return g_ascii_isalpha(name[0]) && n <= NAME_MAX_BYTES && strspn(name, accepted) == n;
}

static GTimeZone *open_zone(const char *name)
{
#if GLIB_CHECK_VERSION(2, 68, 0)
	return g_time_zone_new_identifier(name);
#else
	/* Older versions answer an unknown name with UTC. */
	GTimeZone *tz = g_time_zone_new(name);

	if (strcmp(g_time_zone_get_identifier(tz), name) == 0)
		return tz;
	g_time_zone_unref(tz);
	return NULL;
#endif
}

enum mu_err mu_zone_create(const char *name, struct mu_zone **ret_zone)
{
	struct mu_zone *zone;

	if (!is_database_name(name))
		return MU_NOT_FOUND;
	zone = malloc(sizeof(*zone));
	if (!zone)
		return MU_NO_MEMORY;
	zone->tz = open_zone(name);
	if (!zone->tz) {
		free(zone);
		return MU_NOT_FOUND;
	}
	*ret_zone = zone;
	return MU_OK;
}

void mu_zone_destroy(struct mu_zone *zone)
{
	if (!zone)
		return;
	g_time_zone_unref(zone->tz);
	free(zone);
}

int mu_zone_offset_s(struct mu_zone *zone, int64_t wall_ms)
{
	int64_t wall_s = wall_ms / 1000 - (wall_ms % 1000 < 0);
	int interval;

	if (!zone)
		return 0;
	interval = g_time_zone_find_interval(zone->tz, G_TIME_TYPE_UNIVERSAL, wall_s);
	return interval < 0 ? 0 : g_time_zone_get_offset(zone->tz, interval);
}
