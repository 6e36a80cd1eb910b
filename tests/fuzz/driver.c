/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a fuzzer without libFuzzer: rounds of a seed with a few changes, the same every time.
 *
 *   fuzz_X [ROUNDS [SEED]]	default 4000 rounds, or FUZZ_ROUNDS
 *   fuzz_X FILE		one input, to look at a crash
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arborist/base/le.h"
#include "fuzz.h"

#define ROUNDS 4000

static uint8_t input[FUZZ_BYTES_MAX];

/* One change: a bit, a byte, a telling word, a stretch copied, or the end cut off. */
static size_t change(struct arb_random *r, uint8_t *p, size_t n)
{
	static const uint64_t telling[] = { 0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x80000000, UINT32_MAX, 1ull << 63, UINT64_MAX };
	size_t at = n ? arb_random_u64(r) % n : 0;
	size_t len = n - at < 8 ? n - at : 8;
	uint8_t word[8];

	if (!n)
		return 0;
	switch (arb_random_u64(r) % 6) {
	case 0:
		p[at] ^= (uint8_t)(1 << arb_random_u64(r) % 8);
		break;
	case 1:
		p[at] = (uint8_t)arb_random_u64(r);
		break;
	case 2:
		le64_put(word, telling[arb_random_u64(r) % 10]);
		memcpy(p + at, word, arb_random_u64(r) % (len + 1));
		break;
	case 3:
		len = arb_random_u64(r) % (n - at);
		memmove(p + at, p + arb_random_u64(r) % (n - len), len < 64 ? len : 64);
		break;
	case 4:
		p[at] += (uint8_t)(arb_random_u64(r) % 2 ? 1 : -1);
		break;
	case 5:
		return arb_random_u64(r) % 8 ? n : at;
	}
	return n;
}

static void run_exact(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);	/* its end is where a sanitizer looks */

	if (!copy)
		exit(99);
	memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		perror(path);
		return 99;
	}
	n = fread(input, 1, sizeof(input), f);
	fclose(f);
	run_exact(input, n);
	return 0;
}

int main(int argc, char **argv)
{
	const char *rounds_text = argc > 1 ? argv[1] : getenv("FUZZ_ROUNDS");
	unsigned long rounds = ROUNDS, seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	struct arb_random r;

	if (rounds_text && (rounds_text[0] < '0' || rounds_text[0] > '9'))
		return run_file(rounds_text);
	if (rounds_text)
		rounds = strtoul(rounds_text, NULL, 0);
	arb_random_seed(&r, seed);
	for (unsigned long i = 0; i < rounds; i++) {
		size_t n = fuzz_seed(&r, input);
		unsigned changes = i % 8 ? (unsigned)(arb_random_u64(&r) % 6) : 0;

		while (changes--)
			n = change(&r, input, n);
		run_exact(input, n);
	}
	return 0;
}
