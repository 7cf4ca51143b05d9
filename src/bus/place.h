/* Where the servers of a bus are: the URL taken apart, and which of them a workspace belongs to.
 * Thread: any. */
#ifndef MUSTER_BUS_PLACE_H
#define MUSTER_BUS_PLACE_H

#include "muster/base/fault.h"

#define SERVERS_MAX 16
#define HOST_MAX 255
#define CREDENTIAL_MAX 255

struct place {
	char host[HOST_MAX + 1];
	char port[6];
	char name[HOST_MAX + 8]; /* HOST:PORT, as it is hashed and shown */
};

/* In the order of their names, so that every node counts them alike whatever the order in its URL. */
struct places {
	size_t n;
	struct place v[SERVERS_MAX];
	char user[CREDENTIAL_MAX + 1];     /* empty: the server's default user */
	char password[CREDENTIAL_MAX + 1]; /* empty: none is sent */
};

/* Errors: MU_INVALID_PARAMS; the fault says what is wrong without showing the password. */
MU_MUST enum mu_err places_parse(const char *url, struct places *ret, struct mu_fault *fault);

/* The first and the second server of a workspace, by rendezvous hashing:
 * when a server is added or taken away only the workspaces move that had it among their two. See D. Thaler
 * and C. Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996.
 * Returns how many they are: 2, or 1 if there is but one server, which both places hold then. */
size_t places_rank(const struct places *places, const char *workspace, size_t ret_two[static 2]);

#endif
