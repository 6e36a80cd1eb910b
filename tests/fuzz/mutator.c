/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For libFuzzer: every so often an input begins anew as a seed of ours, so that it gets past the checks of shape without a corpus. */
#include <string.h>
#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *p, size_t n, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed)
{
	static uint8_t buf[FUZZ_BYTES_MAX];
	struct arb_random r;
	size_t len;

	if (n > 1 && seed % 50)
		return LLVMFuzzerMutate(p, n, max);
	arb_random_seed(&r, seed);
	len = fuzz_seed(&r, buf);
	len = len < max ? len : max;
	memcpy(p, buf, len);
	return LLVMFuzzerMutate(p, len, max);
}
