/* The cluster's key, out of a file.
 * Thread: any. */
#include "muster/bus/bus.h"

#include "muster/base/hash.h"
#include "muster/base/seal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX 4096
#define ADVICE "make one with: head -c 48 /dev/urandom | base64 >FILE"

enum mu_err mu_bus_read_key(const char *path, uint8_t ret_key[static MU_BUS_KEY_BYTES],
			    struct mu_fault *ret_fault)
{
	char text[FILE_MAX + 1];
	FILE *file = fopen(path, "re");
	enum mu_err err = MU_OK;
	size_t n;

	if (!file)
		return mu_fail(ret_fault, MU_UNAVAILABLE, "the cluster key %.100s can't be read: %s", path,
			       strerror(errno));
	setvbuf(file, NULL, _IONBF, 0);
	n = fread(text, 1, sizeof(text), file);
	if (ferror(file))
		err = mu_fail(ret_fault, MU_UNAVAILABLE, "the cluster key %.100s can't be read: %s", path,
			      strerror(errno));
	fclose(file);
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	if (!err && n > FILE_MAX)
		err = mu_fail(ret_fault, MU_INVALID_PARAMS, "the cluster key %.100s is longer than %d bytes",
			      path, FILE_MAX);
	if (!err && n < MU_BUS_KEY_BYTES)
		err = mu_fail(ret_fault, MU_INVALID_PARAMS,
			      "the cluster key %.60s has less than %d bytes; " ADVICE, path,
			      MU_BUS_KEY_BYTES);
	if (!err)
		mu_digest(text, n, ret_key);
	mu_seal_wipe(text, sizeof(text));
	return err;
}
