/* Conversations in a world, as tests make and move them.
 * Thread: the test's. */
#ifndef MUSTER_TEST_MODEL_CONVERSATIONS_H
#define MUSTER_TEST_MODEL_CONVERSATIONS_H

#include "world.h"

#include "muster/model/conversation.h"

#define HOUR_MS INT64_C(3600000)

static inline const struct mu_conversation_record *record_of(struct world *world, const char *id)
{
	const struct mu_conversation *conversation = mu_workspace_conversation(world->ws, id);

	if (!conversation)
		fail_msg("there is no conversation %s", id);
	return &conversation->record;
}

static inline const struct mu_conversation_record *apply(struct world *world, enum mu_err err,
							 const struct mu_move *move)
{
	assert_int_equal(err, MU_OK);
	assert_non_null(move->type);
	world_emit(world, move->type, &move->data);
	return record_of(world, move->data.conversation);
}

static inline const struct mu_conversation_record *create(struct world *world, const char *id,
							  const char *team)
{
	const struct mu_conversation_record wanted = { .id = (char *)id,
						       .team = (char *)team,
						       .priority = MU_PRIORITY_NORMAL };
	struct mu_move move;

	return apply(world, mu_move_create(&wanted, "adm", world->now_ms, &world->arena, &move), &move);
}

static inline const struct mu_conversation_record *assign(struct world *world, const char *id,
							  const char *user)
{
	struct mu_move move;

	return apply(world,
		     mu_move_assign(record_of(world, id), user, MU_REASON_MANUAL, "adm", world->now_ms,
				    &world->arena, &move),
		     &move);
}

static inline const struct mu_conversation_record *offer(struct world *world, const char *id,
							 const char *user)
{
	struct mu_move move;

	return apply(world,
		     mu_move_offer(record_of(world, id), user, world->now_ms + HOUR_MS, world->now_ms,
				   &world->arena, &move),
		     &move);
}

static inline const struct mu_conversation_record *resolve(struct world *world, const char *id)
{
	struct mu_move move;

	return apply(world, mu_move_resolve(record_of(world, id), NULL, world->now_ms, &world->arena, &move),
		     &move);
}

/* A move by adm, of `record` at `now_ms` into `move`. */
#define MOVE(function, ...) function(record, __VA_ARGS__, "adm", now_ms, &world->arena, &move)

#endif
