/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set of cookies against a plain array, with many collisions and deletions. */
#include "../unit.h"

#include "../../src/pass/cookie_set.h"
#include "arborist/base/port.h"

#define NR 512

static void against_an_array(void **state)
{
	struct cookie_set s = { 0 };
	bool there[NR] = { 0 };
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 7);
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t v = arb_random_u64(&r) % NR;

		if (arb_random_u64(&r) % 3) {
			assert_true(cookie_set_add(&s, v << 40));
			there[v] = true;
		} else {
			cookie_set_del(&s, v << 40);
			there[v] = false;
		}
		v = arb_random_u64(&r) % NR;
		assert_int_equal(cookie_set_has(&s, v << 40), there[v]);
	}
	for (uint64_t v = 0; v < NR; v++)
		assert_int_equal(cookie_set_has(&s, v << 40), there[v]);
	cookie_set_free(&s);
	assert_false(cookie_set_has(&s, 1));
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(against_an_array) };
UNIT_MAIN(tests)
