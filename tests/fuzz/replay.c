/* Runs a fuzz target over the files given as arguments: a corpus, or an input that once was a finding. */
#include "fuzz.h"

#include "muster/base/mem.h"

#include <stdio.h>

/* For the mutators, which nobody calls here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most)
{
	return size;
}

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	AUTO_FREE uint8_t *data = NULL;
	size_t n = 0, room = 0;

	if (!file) {
		perror(path);
		return 1;
	}
	while (!feof(file) && !ferror(file)) {
		if (n == room) {
			uint8_t *more = realloc(data, room = room * 2 + 4096);

			if (!more)
				break;
			data = more;
		}
		n += fread(data + n, 1, room - n, file);
	}
	if (fclose(file) || !data) {
		perror(path);
		return 1;
	}
	LLVMFuzzerTestOneInput(data, n);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	if (!failed)
		printf("%d inputs\n", argc - 1);
	return failed;
}
