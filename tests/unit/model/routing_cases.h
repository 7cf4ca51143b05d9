/* What routing has to do, one row per rule: given, when, then. Statements are separated by semicolons.
 *
 * Given
 *   team ID STRATEGY [offer MS] [requeue MS] [overflow MS] [nobody] [to TEAM]
 *   inbox STRATEGY …                the same of the workspace's inbox
 *   channel ID WEIGHT
 *   user ID [of TEAM] [capacity N] [load N] [rotation N] [STATUS] [unseen] [idle] [bare]
 *                                   of team t if not said ("none": of no team), capacity 5, available and
 *                                   there; load: so many conversations of weight 1; unseen: available by the
 *                                   log, but not there; idle: shown as away; bare: without permissions
 *   conv ID [team TEAM] [PRIORITY] [age MS] [channel ID] [passed USER] [left TEAM] [of USER] [pending]
 *        [snoozed MS] [resolved MS]
 *                                   of team t if not said ("none": of none), normal and open; age: it waits
 *                                   that long; snoozed: for that long; resolved: that long ago
 * When: routing is asked until nothing is left to do after each of them
 *   route                           nothing but that
 *   wait MS
 *   status USER STATUS              chosen, and shown by the log
 *   leave USER, return USER         not there any more, and again; the log doesn't know
 *   deactivate USER
 *   join USER TEAM, part USER TEAM
 *   capacity USER N
 *   assign CONV USER
 *   unassign CONV, resolve CONV, reopen CONV, decline CONV, accept CONV
 *   team …, channel …               other settings, other weights
 *   rebuild                         the state is made anew from its own dump
 * Then: the moves that routing wanted
 *   CONV TYPE [WHO or WHERE, "-": nobody or nowhere] [REASON] */
#ifndef MUSTER_TEST_MODEL_ROUTING_CASES_H
#define MUSTER_TEST_MODEL_ROUTING_CASES_H

struct routing_case {
	const char *rule, *given, *when, *then;
};

/* clang-format off */
static const struct routing_case cases[] = {
	/* ---- round robin ---- */
	{ "round robin: who was assigned something longest ago",
	  "team t round_robin; user ann rotation 3; user bob rotation 1; user cat rotation 2; conv c",
	  "route", "c assigned bob auto" },
	{ "round robin: who was never assigned anything goes first",
	  "team t round_robin; user ann rotation 1; user bob; conv c",
	  "route", "c assigned bob auto" },
	{ "round robin: the same rotation, then the id",
	  "team t round_robin; user cat; user bob; user ann; conv c",
	  "route", "c assigned ann auto" },
	{ "round robin: takes turns, whatever the load",
	  "team t round_robin; user ann load 3 capacity 9; user bob; conv c1 age 4; conv c2 age 3; conv c3 age 2; conv c4 age 1",
	  "route", "c1 assigned ann auto; c2 assigned bob auto; c3 assigned ann auto; c4 assigned bob auto" },
	{ "round robin: a manual assignment counts as a turn",
	  "team t round_robin; user ann; user bob; conv m; conv c age 1",
	  "assign m ann", "c assigned bob auto" },

	/* ---- load balanced ---- */
	{ "load balanced: the smallest load in relation to capacity",
	  "team t load_balanced; user ann load 1 capacity 2; user bob load 2 capacity 5; conv c",
	  "route", "c assigned bob auto" },
	{ "load balanced: the same relation, then who was assigned longest ago",
	  "team t load_balanced; user ann load 2 capacity 4 rotation 7; user bob load 3 capacity 6 rotation 5; conv c",
	  "route", "c assigned bob auto" },
	{ "load balanced: the same rotation too, then the id",
	  "team t load_balanced; user bob load 1 capacity 2; user ann load 2 capacity 4; conv c",
	  "route", "c assigned ann auto" },
	{ "load balanced: nothing to do in any relation, then the rotation",
	  "team t load_balanced; user ann capacity 9 rotation 2; user bob capacity 1 rotation 1; conv c",
	  "route", "c assigned bob auto" },
	{ "load balanced: who has no capacity comes last, and gets only what weighs nothing",
	  "team t load_balanced; channel sms 0; user ann capacity 0; user bob load 1 capacity 1; conv c; conv s channel sms",
	  "route", "s assigned bob auto" },

	/* ---- manual ---- */
	{ "manual: nobody by itself",
	  "team t manual; user ann; conv c", "route", "" },
	{ "manual is how an inbox is at first",
	  "inbox manual; user ann of none; conv c team none", "wait 100000", "" },

	/* ---- who is routable ---- */
	{ "routable: not while away",
	  "team t round_robin; user ann away; conv c", "route", "" },
	{ "routable: not while busy",
	  "team t round_robin; user ann busy; conv c", "route", "" },
	{ "routable: not while the log shows another status than the chosen one",
	  "team t round_robin; user ann idle; conv c", "route", "" },
	{ "routable: not while not there, whatever the log says",
	  "team t round_robin; user ann unseen; conv c", "route", "" },
	{ "routable: not without the permissions",
	  "team t round_robin; user ann bare; conv c", "route", "" },
	{ "routable: not when deactivated",
	  "team t round_robin; user ann; conv c snoozed 10", "deactivate ann; wait 10", "c reopened - timeout" },
	{ "routable: not of another team",
	  "team t round_robin; team s round_robin; user ann of s; conv c", "route", "" },
	{ "routable: anybody for what has no team",
	  "inbox round_robin; user ann of none; conv c team none", "route", "c assigned ann auto" },
	{ "routable: not at one's limit",
	  "team t round_robin; user ann load 5; user bob load 4 rotation 9; conv c", "route", "c assigned bob auto" },
	{ "routable: not beyond it by weight",
	  "team t round_robin; channel phone 3; user ann load 3; user bob load 2 rotation 9; conv c channel phone",
	  "route", "c assigned bob auto" },
	{ "routable: not who passed",
	  "team t round_robin; user ann; user bob rotation 9; conv c passed ann", "route", "c assigned bob auto" },
	{ "routable: a custom status that accepts does",
	  "team t round_robin; user ann shift; conv c", "route", "c assigned ann auto" },
	{ "routable: a custom status that doesn't accept doesn't",
	  "team t round_robin; user ann lunch; conv c", "route", "" },

	/* ---- capacity ---- */
	{ "capacity: nothing is assigned beyond it",
	  "team t round_robin; user ann capacity 2; conv c1 age 3; conv c2 age 2; conv c3 age 1",
	  "route", "c1 assigned ann auto; c2 assigned ann auto" },
	{ "capacity: pending conversations weigh, snoozed and resolved ones don't",
	  "team t round_robin; user ann capacity 2; conv p of ann pending; conv s of ann snoozed 99999; conv r of ann resolved 5; conv c1 age 2; conv c2 age 1",
	  "route", "c1 assigned ann auto" },
	{ "capacity: an offer holds the place",
	  "team t round_robin offer 1000; user ann capacity 1; conv c1 age 2; conv c2 age 1",
	  "route", "c1 offered ann auto" },
	{ "capacity: what weighs nothing needs no room, but a limit that isn't exceeded",
	  "team t round_robin; channel sms 0; user ann load 5; conv c channel sms", "route", "c assigned ann auto" },
	{ "capacity: freed by a resolved one, at once",
	  "team t round_robin; user ann capacity 1; conv a of ann; conv c", "route; resolve a", "c assigned ann auto" },
	{ "capacity: freed by a larger limit",
	  "team t round_robin; user ann capacity 0; conv c", "route; capacity ann 1", "c assigned ann auto" },
	{ "capacity: freed by a lighter channel",
	  "team t round_robin; channel phone 5; user ann capacity 5; conv a of ann channel phone; conv c", "route; channel phone 4",
	  "c assigned ann auto" },
	{ "capacity: a smaller limit takes nothing away",
	  "team t round_robin; user ann load 3; conv c", "capacity ann 1", "" },

	/* ---- the order ---- */
	{ "order: by priority",
	  "team t round_robin; user ann capacity 9; conv a low age 9; conv b normal age 8; conv c high age 7; conv d urgent age 6",
	  "route", "d assigned ann auto; c assigned ann auto; b assigned ann auto; a assigned ann auto" },
	{ "order: then by age",
	  "team t round_robin; user ann capacity 9; conv a age 1; conv b age 3; conv c age 2",
	  "route", "b assigned ann auto; c assigned ann auto; a assigned ann auto" },
	{ "order: then by id",
	  "team t round_robin; user ann; conv b age 1; conv a age 1; conv c age 1", "route",
	  "a assigned ann auto; b assigned ann auto; c assigned ann auto" },
	{ "order: over all inboxes, for who is in several teams",
	  "team t round_robin; team s round_robin; user ann capacity 2; conv a age 5; conv b team s age 9; conv c team s high age 1",
	  "join ann s", "c assigned ann auto; b assigned ann auto" },
	{ "order: a lighter one goes ahead when nobody could take the earlier one",
	  "team t round_robin; channel phone 3; user ann load 3; conv p channel phone age 9; conv c age 1",
	  "route", "c assigned ann auto" },
	{ "order: nobody goes ahead when somebody could take the earlier one",
	  "team t round_robin; channel phone 3; user ann load 3; user bob rotation 9; conv p channel phone age 9; conv c age 1",
	  "route", "p assigned bob auto; c assigned ann auto" },
	{ "order: goes past one that all who are there have passed",
	  "team t round_robin; user ann; conv p passed ann age 9; conv c age 1", "route",
	  "c assigned ann auto; p escalated - passed" },
	{ "order: what comes back stands at its old age",
	  "team t round_robin; user ann capacity 1; conv a of ann age 9; conv b age 5; conv c age 1",
	  "unassign a; resolve b", "b assigned ann auto; a escalated - passed; c assigned ann auto" },

	/* ---- what drains the queue ---- */
	{ "drained: by who becomes available",
	  "team t round_robin; user ann away; conv c", "route; status ann available", "c assigned ann auto" },
	{ "drained: by who joins the team",
	  "team t round_robin; user ann of none; conv c", "route; join ann t", "c assigned ann auto" },
	{ "drained: by who comes back to an open session",
	  "team t round_robin; user ann unseen; conv c", "route; return ann", "c assigned ann auto" },
	{ "drained: by a strategy",
	  "team t manual; user ann; conv c", "route; team t load_balanced", "c assigned ann auto" },

	/* ---- offers ---- */
	{ "offer: asked instead of assigned",
	  "team t round_robin offer 1000; user ann; conv c", "route", "c offered ann auto" },
	{ "offer: accepted",
	  "team t round_robin offer 1000; user ann; conv c", "route; accept c", "c offered ann auto" },
	{ "offer: declined, it goes on to the next and never back",
	  "team t round_robin offer 1000; user ann; user bob; conv c", "route; decline c; decline c; wait 9999",
	  "c offered ann auto; c offered bob auto; c escalated - passed" },
	{ "offer: not answered in time, it goes on",
	  "team t round_robin offer 1000; user ann; user bob; conv c", "route; wait 999; wait 1",
	  "c offered ann auto; c expired ann timeout; c offered bob auto" },
	{ "offer: the agent went away, it goes on",
	  "team t round_robin offer 1000; user ann; user bob; conv c", "route; status ann away",
	  "c offered ann auto; c expired ann offline; c offered bob auto" },
	{ "offer: the agent isn't there at this moment, but for the log: it stays theirs",
	  "team t round_robin offer 1000; user ann; user bob; conv c", "route; leave ann",
	  "c offered ann auto" },
	{ "offer: the agent is deactivated, it goes on",
	  "team t round_robin offer 1000; user ann; user bob; conv c", "route; deactivate ann",
	  "c offered ann auto; c expired ann deactivated; c offered bob auto" },
	{ "offer: the agent left the team, it goes on",
	  "team t round_robin offer 1000; user ann; user bob; conv c", "route; part ann t",
	  "c offered ann auto; c expired ann team_changed; c offered bob auto" },
	{ "offer: whoever let one pass gets the others",
	  "team t round_robin offer 1000; user ann; conv c1 age 2; conv c2 age 1", "route; decline c1; decline c2",
	  "c1 offered ann auto; c2 offered ann auto; c1 escalated - passed; c2 escalated - passed" },
	{ "offer: given to somebody else it just ends, and may be offered again",
	  "team t round_robin offer 1000; user ann; user bob away; conv c", "route; assign c bob; unassign c",
	  "c offered ann auto; c offered ann auto" },
	{ "offer: a passed one keeps its age",
	  "team t round_robin offer 1000; user ann capacity 1; user bob away; conv c1 age 9; conv c2 age 5",
	  "route; decline c1; status bob available", "c1 offered ann auto; c2 offered ann auto; c1 escalated - passed; c1 offered bob auto" },

	/* ---- passed by all ---- */
	{ "passed: given back by all as well, and told once",
	  "team t round_robin; user ann; conv c", "route; unassign c; wait 9999", "c assigned ann auto; c escalated - passed" },
	{ "passed: not while somebody could take it later who is full",
	  "team t round_robin offer 1000; user ann; user bob load 5; conv c", "route; decline c", "c offered ann auto" },
	{ "passed: but who could never have room for it isn't waited for",
	  "team t round_robin offer 1000; channel phone 3; user ann; user bob load 1 capacity 2; conv c channel phone",
	  "route; decline c", "c offered ann auto; c escalated - passed" },
	{ "passed: not while another one is away from the tab only",
	  "team t round_robin offer 1000; user ann; user bob unseen; conv c", "route; decline c; status bob away",
	  "c offered ann auto; c escalated - passed" },
	{ "passed: not where nobody is at work any more",
	  "team t round_robin offer 1000; user ann; user bob load 5; conv c", "route; decline c; status ann away; status bob away",
	  "c offered ann auto" },
	{ "passed: not where people give out what waits",
	  "team t manual; user ann; conv c of ann", "unassign c", "" },
	{ "passed: whoever comes is asked, and it is told again",
	  "team t round_robin offer 1000; user ann; user bob away; conv c", "route; decline c; status bob available; decline c",
	  "c offered ann auto; c escalated - passed; c offered bob auto; c escalated - passed" },
	{ "passed: nobody tells it again after a snapshot",
	  "team t round_robin offer 1000; user ann; conv c", "route; decline c; rebuild; wait 9999",
	  "c offered ann auto; c escalated - passed" },
	{ "passed: of the workspace's inbox",
	  "inbox round_robin offer 1000; user ann of none; conv c team none", "route; decline c",
	  "c offered ann auto; c escalated - passed" },
	{ "passed: it still goes on when it waited too long, and begins there anew",
	  "team t round_robin offer 1000 overflow 5000 to s; team s round_robin offer 1000; user ann; user bob of s; conv c",
	  "route; decline c; wait 5000; decline c",
	  "c offered ann auto; c escalated - passed; c escalated s overflow; c offered bob auto; c escalated - passed" },

	/* ---- back to the queue ---- */
	{ "requeue: that long after the agent went away, to another one",
	  "team t round_robin requeue 5000; user ann; user bob capacity 1; conv c of ann", "status ann away; wait 4999; wait 1",
	  "c unassigned ann offline; c assigned bob auto" },
	{ "requeue: counts on from away to offline",
	  "team t manual requeue 5000; user ann; conv c of ann", "status ann away; wait 3000; status ann offline; wait 2000",
	  "c unassigned ann offline" },
	{ "requeue: survives a snapshot in between",
	  "team t manual requeue 5000; user ann; conv c of ann", "status ann away; wait 3000; status ann offline; rebuild; wait 2000",
	  "c unassigned ann offline" },
	{ "requeue: starts anew when they were back",
	  "team t manual requeue 5000; user ann; conv c of ann",
	  "status ann away; wait 3000; status ann available; wait 9000; status ann away; wait 4999", "" },
	{ "requeue: busy is not away",
	  "team t manual requeue 5000; user ann; conv c of ann", "status ann busy; wait 99999", "" },
	{ "requeue: a custom status counts as its base",
	  "team t manual requeue 5000; user ann; conv c of ann", "status ann lunch; wait 5000", "c unassigned ann offline" },
	{ "requeue: not from who takes work while away",
	  "team t round_robin requeue 10; user ann stroll; conv c", "route; wait 20; wait 20", "c assigned ann auto" },
	{ "requeue: not without the setting",
	  "team t manual; user ann; conv c of ann", "status ann offline; wait 9999999", "" },
	{ "requeue: from when it became theirs, if they were away by then",
	  "team t manual requeue 5000; user ann away; conv m", "wait 9000; assign m ann; wait 4999; wait 1",
	  "m unassigned ann offline" },
	{ "requeue: whoever was never seen is away",
	  "team t manual requeue 5000; user ann; conv c of zoe", "wait 5000", "c unassigned zoe offline" },
	{ "requeue: not what is pending, snoozed or resolved",
	  "team t manual requeue 5000; user ann; conv p of ann pending; conv s of ann snoozed 99999; conv r of ann resolved 5",
	  "status ann away; wait 50000", "" },
	{ "requeue: a setting made later counts for who is away already",
	  "team t manual; user ann; conv c of ann", "status ann away; wait 6000; team t manual requeue 5000", "c unassigned ann offline" },
	{ "requeue: who comes back may get it again",
	  "team t round_robin requeue 5000; user ann; conv c of ann", "status ann away; wait 5000; status ann available",
	  "c unassigned ann offline; c assigned ann auto" },

	/* ---- overflow ---- */
	{ "overflow: waited too long, it goes on to the other team with its age",
	  "team t round_robin overflow 5000 to s; team s round_robin; user bob of s; conv c; conv d team s age 1 passed bob",
	  "wait 4999; wait 1", "d escalated - passed; c escalated s overflow; c assigned bob auto" },
	{ "overflow: waited too long without another team, it is told, once",
	  "team t round_robin overflow 5000; user ann away; conv c", "wait 5000; wait 99999", "c escalated - waiting" },
	{ "overflow: who could take it now gets it",
	  "team t round_robin overflow 5000 to s; team s manual; user ann away; conv c age 9000", "status ann available", "c assigned ann auto" },
	{ "overflow: in a manual team as well",
	  "team t manual overflow 5000 to s; team s manual; user ann; conv c", "wait 5000", "c escalated s overflow" },
	{ "overflow: not into a team that it came from; told instead",
	  "team t manual overflow 1000 to s; team s manual overflow 2000 to t; conv c", "wait 1000; wait 1000; wait 9999",
	  "c escalated s overflow; c escalated - waiting" },
	{ "overflow: of the workspace's inbox",
	  "inbox manual overflow 1000 to t; team t manual; conv c team none", "wait 1000; wait 9999", "c escalated t overflow" },
	{ "overflow: nobody of the team is there, at once",
	  "team t round_robin nobody to s; team s round_robin; user ann away; user bob of s; conv c",
	  "route", "c escalated s nobody; c assigned bob auto" },
	{ "overflow: who appears offline takes no work, whatever their status says",
	  "team t round_robin nobody; user ann ghost; conv c", "route", "c escalated - nobody" },
	{ "overflow: nobody there and no other team, it is told, once",
	  "team t round_robin nobody; user ann offline; conv c1 age 2; conv c2 age 1", "route; wait 9999",
	  "c1 escalated - nobody; c2 escalated - nobody" },
	{ "overflow: who is there but full is there",
	  "team t round_robin nobody to s; team s round_robin; user ann load 5; user bob of s; conv c", "route", "" },
	{ "overflow: when the last one goes",
	  "team t round_robin nobody to s; team s manual; user ann capacity 0; conv c", "route; leave ann; status ann away",
	  "c escalated s nobody" },
	{ "overflow: not while the last one is away from the tab only",
	  "team t round_robin nobody to s; team s manual; user ann; conv c passed ann", "route; leave ann", "c escalated - passed" },
	{ "overflow: what was told still waits, and is given out",
	  "team t round_robin nobody; user ann away; conv c", "route; status ann available", "c escalated - nobody; c assigned ann auto" },
	{ "overflow: not what is somebody's or offered",
	  "team t round_robin offer 99999 overflow 1000 to s; team s manual; user ann; conv a of ann; conv c", "route; wait 5000",
	  "c offered ann auto" },
	{ "overflow: not twice from the same inbox",
	  "team t manual overflow 1000; conv c left t", "wait 9999", "" },

	/* ---- snoozes and reopening ---- */
	{ "snooze: over, the assignee keeps it",
	  "team t manual; user ann; conv c of ann snoozed 5000", "wait 4999; wait 1", "c reopened ann timeout" },
	{ "snooze: over, the assignee is away: it waits",
	  "team t manual; user ann away; conv c of ann snoozed 5000", "wait 5000", "c reopened - offline" },
	{ "snooze: over, the assignee isn't there at this moment, but for the log: they keep it",
	  "team t manual; user ann unseen; conv c of ann snoozed 5000", "wait 5000", "c reopened ann timeout" },
	{ "snooze: over, the assignee is full: it waits",
	  "team t manual; user ann load 5; conv c of ann snoozed 5000", "wait 5000", "c reopened - capacity" },
	{ "snooze: over, the assignee is deactivated: it waits",
	  "team t manual; user ann; conv c of ann snoozed 5000", "deactivate ann; wait 5000", "c reopened - deactivated" },
	{ "snooze: over, the assignee is of another team now: it waits",
	  "team t manual; user ann; conv c of ann snoozed 5000", "part ann t; wait 5000", "c reopened - team_changed" },
	{ "snooze: over, it was nobody's: it waits and is given out",
	  "team t round_robin; user ann; conv c snoozed 5000", "wait 5000", "c reopened - timeout; c assigned ann auto" },
	{ "reopen: the assignee who is full loses it, another one gets it",
	  "team t round_robin; user ann load 5; user bob; conv c of ann resolved 5", "reopen c", "c assigned bob auto" },
	{ "reopen: a pending one has its place already",
	  "team t round_robin; user ann load 4; user bob; conv c of ann pending", "reopen c", "" },
	{ "reopen: of a resolved one starts anew, also with who had passed",
	  "team t round_robin; user ann; conv c resolved 5 passed ann", "reopen c", "c assigned ann auto" },

	/* ---- forgetting ---- */
	{ "forgetting: resolved ones after their time",
	  "team t manual; conv c resolved 0", "wait 2591999999; wait 1", "c removed" },
	{ "forgetting: not what was reopened",
	  "team t manual; conv c resolved 0", "reopen c; wait 99999999999", "" },
};
/* clang-format on */

#endif
