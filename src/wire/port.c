/* Messages between edges and the hub: made and freed here, so that neither side needs to know what the other
 * put in.
 * Invariant: a message frees exactly what its kind says is its own.
 * Thread: any; one owner per message. */
#include "muster/wire/port.h"

#include "muster/auth/token.h"

#include <stdlib.h>

struct mu_up *mu_up_create(enum mu_up_kind kind)
{
	struct mu_up *up = calloc(1, sizeof(*up));

	if (up)
		up->kind = kind;
	return up;
}

struct mu_down *mu_down_create(enum mu_down_kind kind)
{
	struct mu_down *down = calloc(1, sizeof(*down));

	if (down)
		down->kind = kind;
	return down;
}

void mu_up_destroy(struct mu_up *up)
{
	if (!up)
		return;
	if (up->kind == MU_UP_REQUEST) {
		json_decref(up->request.params);
		free(up->request.idempotency_key);
		free(up->request.agent);
	}
	free(up);
}

void mu_down_destroy(struct mu_down *down)
{
	if (!down)
		return;
	switch (down->kind) {
	case MU_DOWN_ANSWER:
		free(down->answer.fault);
		free(down->answer.body);
		free(down->answer.next);
		break;
	case MU_DOWN_SEND:
		mu_frame_unref(down->send.frame);
		break;
	case MU_DOWN_CAST:
		mu_frame_unref(down->cast.frame);
		mu_frame_unref(down->cast.brief);
		free(down->cast.topics);
		break;
	case MU_DOWN_OPENED:
		free(down->opened.workspace);
		if (down->opened.debt)
			atomic_fetch_sub_explicit(down->opened.debt, down->opened.bytes,
						  memory_order_relaxed);
		break;
	case MU_DOWN_KEYS:
		free(down->keys.workspace);
		mu_keyring_unref(down->keys.keyring);
		break;
	case MU_DOWN_TOPICS:
	case MU_DOWN_CLOSE:
	case MU_DOWN_DRAIN:
	case MU_DOWN_STOP:
		break;
	}
	free(down);
}
