/* The shapes of event data and the functions that apply them, shared by the event table and its parts.
 * Private to the model. */
#ifndef MUSTER_MODEL_EVENT_DATA_H
#define MUSTER_MODEL_EVENT_DATA_H

#include "muster/model/event.h"

enum mu_err apply_workspace(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_role_created(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_user_created(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_user_updated(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_password_set(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_role_assigned(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_team_created(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_team_updated(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_team_deleted(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_member_added(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_member_removed(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_key_created(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_key_revoked(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_session_revoked(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_presence_chosen(struct mu_workspace *ws, const struct mu_event *event);
enum mu_err apply_presence_changed(struct mu_workspace *ws, const struct mu_event *event);

#endif
