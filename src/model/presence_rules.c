/* The precedence table of presence, how it is applied, and the names of everything that it speaks of.
 * Invariant: the first row that fits decides and the last one fits everything, so there is always an answer.
 * Thread: any; everything here is constant. */
#include "muster/model/presence.h"

#define LINK(link) (1U << MU_LINK_##link)
#define ANY_LINK (LINK(NONE) | LINK(BACKGROUND) | LINK(IDLE) | LINK(ACTIVE))
#define CHOSE(base) (1U << MU_##base)
#define ANY_CHOICE (CHOSE(AVAILABLE) | CHOSE(AWAY) | CHOSE(BUSY) | CHOSE(OFFLINE))
#define CLOSED (1U << 0)
#define OPEN (1U << 1)
#define ANY_HOURS (CLOSED | OPEN)
#define OWN MU_RULE_AS_CHOSEN

const char *const mu_base_status_names[] = { "available", "away", "busy", "offline", NULL };
const char *const mu_cause_names[] = {
	"self", "idle", "supervisor", "schedule", "disconnect", "connect", "expiry", NULL,
};
const char *const mu_device_kind_names[] = { "web", "mobile", "desktop", "api", NULL };
const char *const mu_activity_names[] = { "active", "idle", "background", NULL };

static const struct mu_presence_rule rules[] = {
	{ LINK(NONE), ANY_CHOICE, ANY_HOURS, MU_OFFLINE, MU_CAUSE_DISCONNECT, 0, false,
	  "Without a session nobody is there, whatever they chose." },
	{ ANY_LINK, CHOSE(OFFLINE), ANY_HOURS, OWN, OWN, 0, false,
	  "Whoever chose to appear offline does, and their devices are hidden." },
	{ LINK(BACKGROUND), CHOSE(BUSY) | CHOSE(AWAY), ANY_HOURS, OWN, OWN, 0, true,
	  "Busy or away with only a phone in the background: the choice stays, the phone can be reached, no "
	  "work is offered." },
	{ ANY_LINK, CHOSE(BUSY), ANY_HOURS, OWN, OWN, OWN, false,
	  "Busy by choice goes before idleness and business hours." },
	{ ANY_LINK, CHOSE(AWAY), ANY_HOURS, OWN, OWN, OWN, false,
	  "Away by choice stays: neither activity nor business hours undo it." },
	{ ANY_LINK, CHOSE(AVAILABLE), CLOSED, MU_AWAY, MU_CAUSE_SCHEDULE, 0, false,
	  "Outside business hours an available person is away." },
	{ LINK(BACKGROUND), CHOSE(AVAILABLE), ANY_HOURS, OWN, MU_RULE_OWN_OR_CONNECT, 0, true,
	  "Available with only a phone in the background: it can be reached, but no work is offered." },
	{ LINK(IDLE), CHOSE(AVAILABLE), ANY_HOURS, MU_AWAY, MU_CAUSE_IDLE, 0, false,
	  "Whoever is available but hasn't been active for the workspace's idle time is away." },
	{ ANY_LINK, ANY_CHOICE, ANY_HOURS, OWN, MU_RULE_OWN_OR_CONNECT, OWN, false,
	  "Otherwise people are what they chose to be." },
};

const struct mu_presence_rule *mu_presence_rule(unsigned i)
{
	return i < MU_COUNT(rules) ? &rules[i] : NULL;
}

static bool fits(const struct mu_presence_rule *rule, enum mu_base_status chosen, enum mu_link link,
		 bool open)
{
	return (rule->link >> link & 1) && (rule->chosen >> chosen & 1) &&
	       (rule->schedule & (open ? OPEN : CLOSED));
}

static enum mu_cause shown_cause(int cause, const struct mu_chosen *chosen, bool came_after)
{
	if (cause >= 0)
		return (enum mu_cause)cause;
	return cause == MU_RULE_OWN_OR_CONNECT && came_after ? MU_CAUSE_CONNECT : chosen->cause;
}

void mu_presence_effective(const struct mu_chosen *chosen, enum mu_link link, bool open, bool came_after,
			   struct mu_effective *ret_effective)
{
	const struct mu_presence_rule *rule = rules;
	bool own_status;

	while (!fits(rule, chosen->base, link, open))
		rule++;
	own_status = rule->status == MU_RULE_AS_CHOSEN;
	*ret_effective = (struct mu_effective){
		.status = own_status ? chosen->status : mu_base_status_names[rule->status],
		.base = own_status ? chosen->base : (enum mu_base_status)rule->status,
		.cause = shown_cause(rule->cause, chosen, came_after),
		.accepting = rule->accepting == MU_RULE_AS_CHOSEN ? chosen->accepting : rule->accepting != 0,
		.reachable_mobile = rule->reachable_mobile,
	};
}
