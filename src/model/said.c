/* What nodes say to each other through the log: told to nobody else, and no part of the state.
 * Thread: hub. */
#include "muster/model/said.h"

#include "concept.h"

/* As much as goes into one row beside the rest of it, however it is written. */
#define TEXT_MAX 262144

static const struct mu_field said_fields[] = {
	MU_FIELD(struct mu_said, node, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct mu_said, word, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct mu_said, text, MU_STRING, MU_REQUIRED, .max = TEXT_MAX),
};
static const struct mu_shape said_shape = MU_SHAPE(struct mu_said, "SAID", said_fields);

EVENT(mu_said_type, "node.said", said_shape, NULL, NULL, ABOUT_NOBODY, .action = not_audited,
      .help = "Which sessions a node has, while nodes only reach each other through the log (log only)");
