/* A seeded fuzzer of configurations: the same damage in each run, on each machine. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

uint32_t damage_chance(uint64_t *seed, size_t below);
/* A copy in which up to three bytes have become one of signs, or have one before them, or are gone. text is not empty. */
char *damaged(const char *text, size_t len, const char *signs, uint64_t *seed, size_t *out_len);

/* The files of a folder of $TEST_DATA. */
struct corpus {
	struct corpus_file {
		char *path, *text;
		size_t len;
	} * files;
	size_t count;
};

void corpus_load(struct corpus *c, const char *folder);
void corpus_release(struct corpus *c);
