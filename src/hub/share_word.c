/* What nodes tell each other of their sessions, as records.
 * Thread: any; everything here is constant. */
#include "share_inner.h"

static const char *const leave_names[] = { "now", "clean", "lost", NULL };

static const struct mu_field look_fields[] = {
	MU_FIELD(struct share_look, conversation, MU_ID, MU_REQUIRED),
	MU_FIELD(struct share_look, typing, MU_BOOL, MU_OMIT_ZERO),
};
static const struct mu_shape look_shape = MU_SHAPE(struct share_look, "SHARED_LOOK", look_fields);

static const struct mu_field view_fields[] = {
	MU_FIELD(struct share_view, key, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_view, conversation, MU_ID, MU_REQUIRED),
	MU_FIELD(struct share_view, on, MU_BOOL, MU_OMIT_ZERO),
	MU_FIELD(struct share_view, typing, MU_BOOL, MU_OMIT_ZERO),
};
const struct mu_shape share_view_shape = MU_SHAPE(struct share_view, "SHARED_VIEW", view_fields);

static const struct mu_field session_fields[] = {
	MU_FIELD(struct share_session, key, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_session, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct share_session, session, MU_ID, MU_REQUIRED),
	MU_FIELD(struct share_session, device, MU_ID, MU_REQUIRED),
	MU_FIELD(struct share_session, name, MU_STRING, 0),
	MU_FIELD(struct share_session, address, MU_STRING, 0),
	MU_FIELD(struct share_session, token, MU_STRING, 0),
	MU_FIELD(struct share_session, kind, MU_ENUM, MU_REQUIRED, .names = mu_device_kind_names),
	MU_FIELD(struct share_session, activity, MU_ENUM, MU_REQUIRED, .names = mu_activity_names),
	MU_FIELD(struct share_session, opened, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_session, expires, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_session, for_ms, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_session, quiet_ms, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_session, came, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_session, seen, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_session, looks, MU_RECORDS, MU_OMIT_ZERO, .shape = &look_shape),
};
const struct mu_shape share_session_shape = MU_SHAPE(struct share_session, "SHARED_SESSION", session_fields);

static const struct mu_field act_fields[] = {
	MU_FIELD(struct share_act, key, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_act, activity, MU_ENUM, MU_REQUIRED, .names = mu_activity_names),
};
const struct mu_shape share_act_shape = MU_SHAPE(struct share_act, "SHARED_ACTIVITY", act_fields);

static const struct mu_field down_fields[] = {
	MU_FIELD(struct share_down, key, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_down, leave, MU_ENUM, MU_REQUIRED, .names = leave_names),
};
const struct mu_shape share_down_shape = MU_SHAPE(struct share_down, "SHARED_LEAVE", down_fields);

static const struct mu_field here_fields[] = {
	MU_FIELD(struct share_here, run, MU_ID, MU_REQUIRED),
	MU_FIELD(struct share_here, from, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_here, v, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_here, at, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_here, up, MU_RECORDS, 0, .shape = &share_session_shape),
	MU_FIELD(struct share_here, act, MU_RECORDS, 0, .shape = &share_act_shape),
	MU_FIELD(struct share_here, look, MU_RECORDS, 0, .shape = &share_view_shape),
	MU_FIELD(struct share_here, down, MU_RECORDS, 0, .shape = &share_down_shape),
};
const struct mu_shape share_here_shape = MU_SHAPE(struct share_here, "HERE", here_fields);

static const struct mu_field all_fields[] = {
	MU_FIELD(struct share_all, run, MU_ID, MU_REQUIRED),
	MU_FIELD(struct share_all, v, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_all, at, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_all, part, MU_INT, MU_REQUIRED),
	MU_FIELD(struct share_all, last, MU_BOOL, MU_REQUIRED),
	MU_FIELD(struct share_all, up, MU_RECORDS, 0, .shape = &share_session_shape),
};
const struct mu_shape share_all_shape = MU_SHAPE(struct share_all, "HERE_ALL", all_fields);

static const struct mu_field known_fields[] = {
	MU_FIELD(struct share_known, node, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct share_known, run, MU_ID, MU_REQUIRED),
	MU_FIELD(struct share_known, v, MU_INT, MU_REQUIRED),
};
const struct mu_shape share_known_shape = MU_SHAPE(struct share_known, "KNOWN", known_fields);

static const struct mu_field ask_fields[] = {
	MU_FIELD(struct share_ask, know, MU_RECORDS, 0, .shape = &share_known_shape),
};
const struct mu_shape share_ask_shape = MU_SHAPE(struct share_ask, "HERE_ASK", ask_fields);
