/* Signing in with a password: who did, and who tried.
 * Thread: hub. */
#include "muster/model/login.h"
#include "concept.h"

static const struct mu_field login_fields[] = {
	MU_FIELD(struct mu_login, user, MU_ID, MU_REQUIRED, .help = "Who signed in"),
};
static const struct mu_shape login_shape = MU_SHAPE(struct mu_login, "LOGIN_DATA", login_fields);

static const struct mu_field login_failed_fields[] = {
	MU_FIELD(struct mu_login_failed, user, MU_ID, MU_NULLABLE,
		 .help = "Whose address it is; null: nobody's here"),
	MU_FIELD(struct mu_login_failed, email, MU_STRING, MU_NULLABLE, .max = 254,
		 .help = "The address that was given; null: many"),
	MU_FIELD(struct mu_login_failed, count, MU_INT, MU_REQUIRED, .min = 1, .max = -1,
		 .help = "Attempts that are told together"),
	MU_FIELD(struct mu_login_failed, since, MU_TIME, MU_REQUIRED, .help = "The first of them"),
};
static const struct mu_shape login_failed_shape =
	MU_SHAPE(struct mu_login_failed, "LOGIN_FAILED", login_failed_fields);

EVENT(mu_login_type, "auth.login", login_shape, NULL, NULL, ABOUT(struct mu_login),
      .help = "A person signed in with their password (log only)");
EVENT(mu_login_failed_type, "auth.login_failed", login_failed_shape, NULL, NULL,
      ABOUT(struct mu_login_failed), .help = "Somebody tried to sign in and was refused (log only)");
