/* Allocations of a hub (README.md lists whose) fail once for each way that leads to them: in each step of a
 * scene; see steps.h. `MU_FAULTS=all` has each of them fail. */
#include "steps.h"

#define ACME "{\"workspace\":\"acme\","
#define ZOE "{\"id\":\"zoe#\",\"name\":\"Zoe\",\"email\":\"zoe#@acme.test\",\"roles\":[\"agent\"]}"
#define ZOE_WITH_PASSWORD                                                                                    \
	"{\"id\":\"zoe#\",\"name\":\"Zoe\",\"email\":\"zoe#@acme.test\",\"roles\":[\"agent\"],"              \
	"\"password\":\"copper lantern 9317\"}"
#define NEW_ZOE "0 user.create " ZOE "\n"
#define NO_ZOE "?0 user.remove {\"user\":\"zoe#\"}"
#define NEW_C "0 conversation.put {\"id\":\"c#\",\"team\":\"support\"}\n"
#define NO_C "?0 conversation.resolve {\"id\":\"c#\"}"

/* A step is a row. */
/* clang-format off */

/* ---- the directory ---- */

static const struct step directory[] = {
	{ NULL, "0 user.create " ZOE, NO_ZOE },
	{ NULL, "0 user.create {\"id\":\"zoe#\",\"name\":\"Zoe\",\"email\":\"zoe#@acme.test\",\"phone\":\"+49 30 1\",\"roles\":[\"agent\",\"supervisor\"],\"teams\":[\"support\"],\"capacity\":3,\"welcome\":true}", NO_ZOE },
	{ NEW_ZOE, "0 user.get {\"user\":\"zoe#\"}", NO_ZOE },
	{ NULL, "0 user.list {\"limit\":3}", NULL },
	{ NEW_ZOE, "0 user.update {\"user\":\"zoe#\",\"name\":\"Zo#\",\"phone\":\"+49 30 2\",\"roles\":[\"supervisor\"],\"teams\":[\"support\"],\"capacity\":5}", NO_ZOE },
	{ NEW_ZOE, "0 user.deactivate {\"user\":\"zoe#\"}", NO_ZOE },
	{ NEW_ZOE "0 user.deactivate {\"user\":\"zoe#\"}", "0 user.reactivate {\"user\":\"zoe#\"}", NO_ZOE },
	{ NEW_ZOE "0 team.add {\"team\":\"support\",\"user\":\"zoe#\"}", "0 user.remove {\"user\":\"zoe#\"}", NO_ZOE },
	{ NEW_ZOE, "0 user.remove_many {\"users\":[\"zoe#\",\"nobody\"]}", NO_ZOE },
	{ NEW_ZOE, "0 capacity.set {\"user\":\"zoe#\",\"capacity\":4}", NO_ZOE },
	{ NULL, "0 team.create {\"id\":\"t#\",\"name\":\"Team #\",\"lead\":\"ann\",\"members\":[\"ann\",\"bob\"],\"strategy\":\"round_robin\",\"settings\":{\"offer_ms\":30000}}", "?0 team.delete {\"team\":\"t#\"}" },
	{ NULL, "0 team.get {\"team\":\"support\"}", NULL },
	{ NULL, "0 team.list {\"limit\":10}", NULL },
	{ "0 team.create {\"id\":\"t#\",\"name\":\"Team #\"}", "0 team.update {\"team\":\"t#\",\"name\":\"Other\",\"lead\":\"ann\",\"schedule\":{\"zone\":\"UTC\",\"open\":[{\"day\":3,\"from\":\"09:00\",\"to\":\"17:00\"}]}}", "?0 team.delete {\"team\":\"t#\"}" },
	{ "0 team.create {\"id\":\"t#\",\"name\":\"Team #\"}", "0 team.add {\"team\":\"t#\",\"user\":\"ann\"}", "?0 team.delete {\"team\":\"t#\"}" },
	{ "0 team.create {\"id\":\"t#\",\"name\":\"Team #\",\"members\":[\"ann\"]}", "0 team.remove {\"team\":\"t#\",\"user\":\"ann\"}", "?0 team.delete {\"team\":\"t#\"}" },
	{ "0 team.create {\"id\":\"t#\",\"name\":\"Team #\",\"members\":[\"ann\"]}\n0 conversation.put {\"id\":\"c#\",\"team\":\"t#\"}", "0 team.delete {\"team\":\"t#\",\"move_to\":\"support\"}", NO_C "\n?0 team.delete {\"team\":\"t#\",\"move_to\":\"support\"}" },
	{ NULL, "0 role.create {\"id\":\"r#\",\"name\":\"Role #\",\"description\":\"Some\",\"permissions\":[\"presence.self\",\"presence.view:team\"]}", "?0 role.delete {\"role\":\"r#\"}" },
	{ NULL, "0 role.get {\"role\":\"agent\"}", NULL },
	{ NULL, "0 role.list {\"limit\":2}", NULL },
	{ "0 role.create {\"id\":\"r#\",\"name\":\"Role #\",\"permissions\":[\"presence.self\"]}\n0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\",\"r#\"]}", "0 role.update {\"role\":\"r#\",\"description\":\"Other\",\"permissions\":[\"presence.view:team\"]}", "0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\"]}\n?0 role.delete {\"role\":\"r#\"}" },
	{ "0 role.create {\"id\":\"r#\",\"name\":\"Role #\",\"permissions\":[\"presence.self\"]}\n0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\",\"r#\"]}", "0 role.delete {\"role\":\"r#\",\"replace_with\":\"agent\"}", "0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\"]}\n?0 role.delete {\"role\":\"r#\"}" },
	{ NULL, "0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\",\"supervisor\"]}", "0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\"]}" },
	{ NULL, "0 role.packs", NULL },
	{ NULL, "0 permission.list", NULL },
	{ NULL, "0 permission.register {\"key\":\"orders.read\",\"help\":\"See the orders of a customer\"}", "?0 permission.remove {\"key\":\"orders.read\"}" },
	{ "0 permission.register {\"key\":\"orders.read\",\"help\":\"See the orders of a customer\"}", "0 permission.remove {\"key\":\"orders.read\"}", "?0 permission.remove {\"key\":\"orders.read\"}" },
	{ NULL, "0 directory.sync {\"roles\":[{\"id\":\"r#\",\"name\":\"R\",\"permissions\":[\"presence.self\"]}],\"teams\":[{\"id\":\"t#\",\"name\":\"T\"}],\"users\":[{\"id\":\"zoe#\",\"name\":\"Zoe\",\"email\":\"zoe#@acme.test\",\"roles\":[\"agent\"],\"teams\":[\"t#\"]}],\"remove_missing\":false}", NO_ZOE "\n?0 team.delete {\"team\":\"t#\"}\n?0 role.delete {\"role\":\"r#\"}" },
	{ NULL, "0 seats.get", NULL },
	{ NULL, "0 workspace.get", NULL },
	{ NULL, "0 workspace.update {\"name\":\"Acme #\",\"idle_after_ms\":900#,\"statuses\":[{\"id\":\"lunch\",\"label\":\"Lunch #\",\"base\":\"away\"}],\"schedule\":{\"zone\":\"Europe/Berlin\",\"open\":[{\"day\":1,\"from\":\"00:00\",\"to\":\"23:00\"}]},\"channels\":[{\"id\":\"chat\",\"weight\":2}]}", "0 workspace.update {\"name\":\"Acme\",\"idle_after_ms\":0,\"statuses\":[],\"schedule\":null,\"channels\":[]}" },
};

/* ---- proofs ---- */

static const struct step proofs[] = {
	{ "stranger 3", "3 auth.login " ACME "\"email\":\"zoe@acme.test\",\"password\":\"copper lantern 9317\"}", NULL },
	{ "stranger 3", "?3 auth.login " ACME "\"email\":\"zoe@acme.test\",\"password\":\"a guess\"}", NULL },
	{ "connect 3 zoe\npassword 3\n3 session.open {}", "3 auth.password {\"old\":\"copper lantern 9317\",\"new\":\"velvet harbour 2284\"}", "connect 3 zoe\npassword 3\n3 session.open {}\n?3 auth.password {\"old\":\"velvet harbour 2284\",\"new\":\"copper lantern 9317\"}\ngone 3" },
	{ NULL, "1 key.create {\"alg\":\"api\",\"id\":\"crm#\",\"scopes\":[\"users.view\",\"presence.view:all\"]}", "?1 key.revoke {\"id\":\"crm#\"}" },
	{ "connect 3 owner\n3 session.open {}", "3 key.create {\"alg\":\"EdDSA\",\"id\":\"ed#\"}", "?3 key.revoke {\"id\":\"ed#\"}\ngone 3" },
	{ NULL, "1 key.list {\"limit\":10}", NULL },
	{ "1 key.create {\"alg\":\"api\",\"id\":\"crm#\",\"scopes\":[\"users.view\"]}", "1 key.revoke {\"id\":\"crm#\"}", "?1 key.revoke {\"id\":\"crm#\"}" },
	{ NULL, "1 security.get", NULL },
	{ NULL, "0 security.update {\"require_2fa\":true}", "0 security.update {\"require_2fa\":false}" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}", "3 totp.get", "gone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}", "3 totp.enroll {\"password\":\"copper lantern 9317\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll", "3 totp.confirm {\"code\":\"@code\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll\n3 totp.confirm {\"code\":\"@code\"}\npass 30000", "3 totp.recovery {\"code\":\"@code\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll\n3 totp.confirm {\"code\":\"@code\"}\npass 30000", "3 totp.disable {\"code\":\"@code\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll\n3 totp.confirm {\"code\":\"@code\"}", "0 totp.reset {\"user\":\"zoe\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll\n3 totp.confirm {\"code\":\"@code\"}\npass 30000\nstranger 4", "4 auth.login " ACME "\"email\":\"zoe@acme.test\",\"password\":\"copper lantern 9317\",\"code\":\"@code\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ NULL, "0 invite.create {\"email\":\"kim#@acme.test\",\"name\":\"Kim\",\"roles\":[\"agent\"],\"teams\":[\"support\"]}", NULL },
	{ "0 invite.create {\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}", "0 invite.resend {\"id\":\"@id\"}", "?0 invite.revoke {\"id\":\"@id\"}" },
	{ "0 invite.create {\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}", "0 invite.revoke {\"id\":\"@id\"}", "?0 invite.revoke {\"id\":\"@id\"}" },
	{ NULL, "0 invite.list {\"limit\":2}", NULL },
	{ "0 invite.create {\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}\nstranger 3", "3 invite.show " ACME "\"token\":\"@token\"}", NULL },
	{ "0 invite.create {\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}\nstranger 3", "3 invite.accept " ACME "\"token\":\"@token\",\"name\":\"Kim\",\"password\":\"copper lantern 9317\"}", NULL },
};

/* ---- sessions and presence ---- */

#define BOB "connect 3 bob\n3 session.open {}\n"

static const struct step sessions[] = {
	{ "connect 3 bob", "3 session.open {}", "gone 3" },
	{ "connect 3 bob", "3 session.open {\"device\":{\"id\":\"d-7f3a\",\"kind\":\"web\",\"name\":\"Firefox on Linux\"},\"watch\":{\"presence\":{\"users\":[\"ann\",\"sue\"]}}}", "gone 3" },
	{ "connect 3 bob", "3 session.open {\"watch\":{\"presence\":{\"team\":\"support\"}}}", "gone 3" },
	{ BOB "gone 3\n0 event.publish {\"type\":\"x.missed\",\"audience\":{\"everyone\":true},\"durable\":true}\nconnect 3 bob", "3 session.open {\"resume\":{\"cursor\":\"@cursor\"}}", "gone 3" },
	{ BOB, "3 session.refresh {\"token\":\"checked by the edge\"}", "gone 3" },
	{ BOB, "3 session.activity {\"state\":\"idle\"}", "gone 3" },
	{ BOB, "3 session.close", "gone 3" },
	{ NULL, "1 session.list {\"user\":\"ann\"}", NULL },
	{ "connect 3 sue\ntoken 3 #\n3 session.open {}", "0 session.revoke {\"user\":\"sue\"}", "gone 3\npass 2000" },
	{ "connect 3 sue\ntoken 3 #\n3 session.open {}", "3 auth.logout", "gone 3\npass 2000" },
	{ NULL, "2 ticket.create", NULL },
	{ NULL, "2 presence.set {\"status\":\"busy\",\"note\":\"Back at #\",\"until\":\"@soon\"}", "2 presence.set {\"status\":\"available\"}" },
	{ NULL, "1 presence.force {\"user\":\"ann\",\"status\":\"away\",\"reason\":\"So #\"}", "2 presence.set {\"status\":\"available\"}" },
	{ "pass 1000", "1 presence.get", NULL },
	{ NULL, "2 presence.watch {\"scope\":{\"team\":\"support\"}}", "2 presence.watch {\"scope\":\"none\"}" },
	{ NULL, "1 dashboard.get", NULL },
	{ BOB, "gone 3", NULL },
	{ BOB "gone 3", "pass 60000", NULL },
	{ "pass 60000\n" BOB, "pass 2000", "gone 3" },
	{ "2 presence.set {\"status\":\"busy\",\"until\":\"@soon\"}", "pass 61000", NULL },
	{ NULL, "1 view_as.start {\"user\":\"ann\"}", "?1 view_as.stop" },
	{ "1 view_as.start {\"user\":\"ann\"}", "1 view_as.stop", "?1 view_as.stop" },
};

/* ---- conversations ---- */

#define TO_ANN NEW_C "0 conversation.assign {\"id\":\"c#\",\"user\":\"ann\"}\n"
#define OFFERS "0 team.update {\"team\":\"support\",\"strategy\":\"round_robin\",\"settings\":{\"offer_ms\":60000}}\n"
#define NO_OFFERS "\n0 team.update {\"team\":\"support\",\"strategy\":\"manual\",\"settings\":null}"

static const struct step conversations[] = {
	{ NULL, "0 conversation.put {\"id\":\"c#\",\"team\":\"support\",\"subject\":\"Where is my order?\",\"priority\":\"high\",\"labels\":[\"order\",\"late\"]}", NO_C },
	{ NEW_C, "0 conversation.put {\"id\":\"c#\",\"team\":null,\"subject\":\"Here\",\"status\":\"resolved\"}", NO_C },
	{ NEW_C, "0 conversation.get {\"id\":\"c#\"}", NO_C },
	{ NEW_C, "1 conversation.list {\"status\":\"open\",\"limit\":3}", NO_C },
	{ NEW_C, "1 queue.list {\"team\":\"support\",\"limit\":3}", NO_C },
	{ NEW_C, "0 conversation.assign {\"id\":\"c#\",\"user\":\"ann\",\"if_version\":1}", NO_C },
	{ TO_ANN, "0 conversation.unassign {\"id\":\"c#\"}", NO_C },
	{ NEW_C, "2 conversation.take {\"id\":\"c#\"}", NO_C },
	{ TO_ANN, "2 conversation.release {\"id\":\"c#\"}", NO_C },
	{ TO_ANN, "2 conversation.resolve {\"id\":\"c#\"}", NO_C },
	{ TO_ANN "2 conversation.resolve {\"id\":\"c#\"}", "2 conversation.reopen {\"id\":\"c#\"}", NO_C },
	{ TO_ANN, "2 conversation.pend {\"id\":\"c#\"}", NO_C },
	{ TO_ANN, "2 conversation.snooze {\"id\":\"c#\",\"until\":\"2030-12-31T09:00:00.000Z\"}", NO_C },
	{ NEW_C, "2 conversation.viewing {\"id\":\"c#\",\"on\":true}", "?2 conversation.viewing {\"id\":\"c#\",\"on\":false}\n" NO_C },
	{ NEW_C, "2 conversation.typing {\"id\":\"c#\",\"on\":true}", "?2 conversation.viewing {\"id\":\"c#\",\"on\":false}\n" NO_C },
	{ NEW_C "2 conversation.typing {\"id\":\"c#\",\"on\":true}\n1 conversation.viewing {\"id\":\"c#\",\"on\":true}", "pass 10000", "?2 conversation.viewing {\"id\":\"c#\",\"on\":false}\n" NO_C },
	{ OFFERS, "0 conversation.put {\"id\":\"c#\",\"team\":\"support\"}", NO_C NO_OFFERS },
	{ OFFERS NEW_C "pass 1000", "2 conversation.accept {\"id\":\"c#\"}", NO_C NO_OFFERS },
	{ OFFERS NEW_C "pass 1000", "2 conversation.decline {\"id\":\"c#\"}", NO_C NO_OFFERS },
	{ OFFERS NEW_C, "pass 60000", NO_C NO_OFFERS },
};

/* ---- what is told and what was ---- */

static const struct step events[] = {
	{ NULL, "0 event.publish {\"type\":\"x.paid\",\"audience\":{\"teams\":[\"support\"],\"roles\":[\"admin\"],\"users\":[\"ann\"]},\"data\":{\"order\":#},\"durable\":true}", NULL },
	{ NULL, "0 event.publish {\"type\":\"x.paid\",\"audience\":{\"everyone\":true},\"data\":{\"order\":#}}", NULL },
	{ NULL, "1 audit.list {\"user\":\"ann\",\"limit\":20}", NULL },
	{ "2 presence.set {\"status\":\"busy\"}\npass 2000\n2 presence.set {\"status\":\"available\"}\npass 2000", "1 presence.history {\"user\":\"ann\",\"from\":\"2023-11-14T00:00:00.000Z\",\"to\":\"2023-11-16T00:00:00.000Z\",\"by\":\"interval\",\"limit\":2}", NULL },
	{ NULL, "1 presence.history {\"from\":\"2023-11-14T00:00:00.000Z\",\"to\":\"2023-11-16T00:00:00.000Z\",\"by\":\"day\"}", NULL },
};
/* clang-format on */

RUN(directory)
RUN(proofs)
RUN(sessions)
RUN(conversations)
RUN(events)

static struct mu_store *open_in_memory(struct faults *faults)
{
	(void)faults;
	return memory_store();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(each_point_of_directory),     CASE(each_point_of_proofs), CASE(each_point_of_sessions),
		CASE(each_point_of_conversations), CASE(each_point_of_events),
	};

	static const struct place memory = { POINTS_MEMORY, "1000000", open_in_memory, NULL };

	prepare(&memory, argc > 1 ? argv[1] : NULL);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return result(failed);
}
