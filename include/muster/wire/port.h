/* What edges and the hub say to each other. Edges talk, the hub thinks: an edge sends requests whose form and
 * signature it has checked, the hub answers with results and frames. Every struct starts with a message
 * header, is allocated on the heap, and belongs to the receiver.
 *
 * Order: all that the hub sends to one edge arrives in that order; so an answer, the replay after it and the
 * live events after that stay in order.
 * Thread: the sender fills a message and never touches it again after pushing it. */
#ifndef MUSTER_WIRE_PORT_H
#define MUSTER_WIRE_PORT_H

#include "muster/auth/identity.h"
#include "muster/base/address.h"
#include "muster/base/fault.h"
#include "muster/base/frame.h"
#include "muster/base/queue.h"
#include "muster/wire/json.h"

struct mu_keyring;

/* A connection of one edge: slot and generation, so that a late message never reaches the next one in the
 * same slot. */
struct mu_conn {
	uint16_t edge;
	uint32_t slot;
	uint32_t generation;
};

/* ---- edge to hub ---- */

enum mu_up_kind {
	MU_UP_REQUEST, /* run a method */
	MU_UP_CLOSED,  /* a connection that had opened (or was opening) a session is gone */
	MU_UP_KEYS,    /* send me the keyring of a workspace */
};

enum mu_transport { MU_TRANSPORT_WS, MU_TRANSPORT_HTTP, MU_TRANSPORT_CONTROL };

#define MU_TRACE_TEXT 20

struct mu_up {
	struct mu_msg msg;
	enum mu_up_kind kind;
	struct mu_conn conn;
	union {
		struct {
			enum mu_transport transport;
			int method;   /* index in the method table */
			uint32_t tag; /* the edge's own; comes back with the answer */
			struct mu_identity identity;
			json_t *params;        /* object or NULL; the message's own */
			char *idempotency_key; /* or NULL; heap, the message's own */
			char *agent; /* what the client calls itself; or NULL; heap, the message's own */
			char address[MU_ADDRESS_TEXT]; /* of the client, behind trusted proxies */
			char trace[MU_TRACE_TEXT];     /* names this request in logs */
		} request;
		struct {
			bool clean; /* the client said goodbye (a Close frame) */
			int code;   /* its close code, 1005 without one, 1006 when lost */
		} closed;
		struct {
			char workspace[MU_ID_MAX + 1];
		} keys;
	};
};

/* ---- hub to edge ---- */

enum mu_down_kind {
	MU_DOWN_ANSWER, /* the outcome of a request */
	MU_DOWN_SEND,   /* a frame for one connection */
	MU_DOWN_CAST,   /* a frame for all connections that joined one of some topics, or another one */
	MU_DOWN_TOPICS, /* a connection joins a topic and leaves one */
	MU_DOWN_OPENED, /* a connection is a session now */
	MU_DOWN_CLOSE,  /* say goodbye to a connection */
	MU_DOWN_KEYS,   /* a keyring, new or changed, or word that there is no such workspace */
	MU_DOWN_DRAIN,  /* take no more connections; send all away within a time */
	MU_DOWN_STOP,   /* leave the loop */
};

/* What an edge may do with a frame when its reader is slow. */
enum mu_class {
	MU_CLASS_DURABLE,   /* never left out: over the budget the reader is closed with 4201 and resumes */
	MU_CLASS_EPHEMERAL, /* may be left out when the reader is behind; once they aren't they are told so */
	MU_CLASS_PRESENCE,  /* latest wins: when the reader is behind these are left out; the gap in versions
			       makes the client take a snapshot */
	MU_CLASS_CONTROL,   /* pings and the like: left out like ephemeral ones, and nobody needs to know */
};

struct mu_down {
	struct mu_msg msg;
	enum mu_down_kind kind;
	struct mu_conn conn; /* not for CAST, KEYS, DRAIN, STOP */
	union {
		struct {
			uint32_t tag;
			struct mu_fault *fault; /* NULL: it went well; heap, the message's own */
			char *body; /* result as JSON text; for an error the present state or NULL. Heap, the
				       message's own */
			const char *media; /* HTTP: the body's Content-Type, and it may be a part; NULL: JSON,
					      and whole */
			char *next;        /* the next part comes to who asks again with this as params.after;
					      NULL: this was the last one. Heap, the message's own */
		} answer;
		struct {
			struct mu_frame *frame; /* a reference, the message's own */
			enum mu_class class;
		} send;
		struct {
			struct mu_frame *frame, *brief; /* references, the message's own, or NULL */
			enum mu_class class;
			uint32_t *topics; /* heap, the message's own */
			size_t n_topics;  /* the first of them: who joined one gets `frame` */
			size_t n_brief;   /* the others: whoever didn't gets `brief` */
		} cast;
		struct {
			uint32_t join, leave; /* in this order; 0: none */
		} topics;
		struct {
			char *workspace, *user; /* one piece of heap, the workspace's; the message's own */
			/* NULL, or from where `bytes` are taken when the message goes: so that who sent it
			 * knows how far the edge has come. */
			atomic_size_t *debt;
			size_t bytes;
			bool mobile; /* the session is a phone's */
		} opened;
		struct {
			int code;               /* of MU_CLOSES */
			int64_t retry_after_ms; /* < 0: no advice */
		} close;
		struct {
			char *workspace;            /* heap, the message's own */
			struct mu_keyring *keyring; /* a reference, the message's own; or NULL */
			enum mu_err why; /* there is none: MU_NOT_FOUND if there is no such workspace */
		} keys;
		struct {
			int64_t spread_ms;
		} drain;
	};
};

/* A zeroed message of a kind; NULL when memory is out. */
struct mu_up *mu_up_create(enum mu_up_kind kind);
struct mu_down *mu_down_create(enum mu_down_kind kind);

/* Free a message and what it owns. Accept NULL. */
void mu_up_destroy(struct mu_up *up);
void mu_down_destroy(struct mu_down *down);

#endif
