/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"
#include <stdio.h>
#include <stdlib.h>

#include "arborist/base/array.h"
#include "arborist/base/buf.h"

static void appends(void **state)
{
	ARB_BUF(b);

	(void)state;
	assert_string_equal(arb_buf_str(&b), "");
	arb_buf_puts(&b, "ab");
	arb_buf_putc(&b, 'c');
	arb_buf_printf(&b, "%d-%s", 7, "x");
	arb_buf_mem(&b, "\0z", 2);
	assert_int_equal(b.len, 8);
	assert_memory_equal(b.s, "abc7-x\0z\0", 9);
}

static void printf_longer_than_the_room(void **state)
{
	ARB_BUF(b);
	char big[5000];

	(void)state;
	memset(big, 'q', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	for (size_t n = 0; n < 200; n++) {	/* every distance to the first capacities */
		arb_buf_reset(&b);
		arb_buf_spaces(&b, (unsigned)n);
		arb_buf_printf(&b, "%s", big + sizeof(big) - 1 - n);
		assert_int_equal(b.len, 2 * n);
		assert_int_equal(strlen(arb_buf_str(&b)), 2 * n);
	}
	arb_buf_reset(&b);
	arb_buf_printf(&b, "%s!", big);
	assert_int_equal(b.len, 5000);
	assert_int_equal(b.s[4999], '!');
}

/* Whether stdio does it or not: the same text. */
#define SAME(...) do { \
	char want[200]; \
	snprintf(want, sizeof(want), __VA_ARGS__); \
	arb_buf_reset(&b); \
	arb_buf_printf(&b, __VA_ARGS__); \
	assert_string_equal(arb_buf_str(&b), want); \
	assert_int_equal(b.len, strlen(want)); \
} while (0)

static void formats(void **state)
{
	const unsigned long long large = UINT64_MAX;
	ARB_BUF(b);

	(void)state;
	SAME("%u %u %u", 0u, 7u, UINT32_MAX);
	SAME("%d %d %d %d", 0, -1, INT32_MAX, INT32_MIN);
	SAME("%lld %lld", (long long)INT64_MIN, (long long)INT64_MAX);
	SAME("%ld|%lu|%lx|%llx|%x|%o", -5l, 5ul, 255ul, large, 0xdeadu, 0100644u);
	SAME("%zu|%zx|%llu", (size_t)12345, (size_t)0xabc, large);
	SAME("%5u|%-5u|%05u|%2u|%10llu|%-10llu|", 42u, 42u, 42u, 12345u, 1ull, 1ull);
	SAME("%05d|%5d|%-5d|%02d|%d", -42, -42, -42, -7, -7);
	SAME("%02x|%06zx|%04x|%llu%%", 10u, (size_t)0x1f, 0xfffffu, large);
	SAME("%s|%10s|%-10s|%2s|", "abc", "abc", "abc", "abc");
	SAME("%s%c%s %.2s %.*s %u", "a", 'b', "c", "defg", 1, "xyz", 9u);
	SAME("%u %.1f %s %u", 1u, 2.25, "x", 3u);
	SAME("%2$s %1$u", 5u, "five");
	SAME("%#x %+d % d %hhu %p", 255u, 5, 5, (unsigned char)200, (void *)0);
}

static void pads_the_current_line(void **state)
{
	ARB_BUF(b);

	(void)state;
	arb_buf_puts(&b, "long first line\nab");
	arb_buf_pad(&b, 5);
	arb_buf_puts(&b, "x");
	arb_buf_pad(&b, 3);
	assert_string_equal(b.s, "long first line\nab   x");
}

static void steals(void **state)
{
	struct arb_buf b = ARB_BUF_INIT;
	char *s = arb_buf_steal(&b);

	(void)state;
	assert_string_equal(s, "");
	free(s);
	arb_buf_puts(&b, "mine");
	s = arb_buf_steal(&b);
	assert_string_equal(s, "mine");
	assert_null(b.s);
	free(s);
	b.oom = true;
	arb_buf_puts(&b, "lost");
	assert_null(arb_buf_steal(&b));
	assert_false(b.oom);
}

/* A length no machine has must set .oom and leave no half text. */
static void refuses_the_impossible(void **state)
{
	ARB_BUF(b);

	(void)state;
	arb_buf_puts(&b, "abc");
	arb_buf_mem(&b, "x", SIZE_MAX - 2);
	assert_true(b.oom);
	arb_buf_puts(&b, "more");
	assert_string_equal(arb_buf_str(&b), "");
	arb_buf_reset(&b);
	arb_buf_puts(&b, "again");
	assert_string_equal(arb_buf_str(&b), "again");
}

struct pair { int a, b; };

static void arrays_grow(void **state)
{
	ARB_ARRAY(struct pair) arr = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct pair *e = arb_array_push(&arr);

		assert_non_null(e);
		assert_int_equal(e->a, 0);
		e->a = i;
		e->b = -i;
	}
	assert_int_equal(arr.nr, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(arr.v[i].a, i);
	assert_false(arb_array_reserve(&arr, SIZE_MAX / 4));
	assert_int_equal(arr.v[999].b, -999);
	arb_array_free(&arr);
	assert_null(arr.v);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(appends),
	cmocka_unit_test(printf_longer_than_the_room),
	cmocka_unit_test(formats),
		cmocka_unit_test(formats),
		cmocka_unit_test(pads_the_current_line),
	cmocka_unit_test(steals),
	cmocka_unit_test(refuses_the_impossible),
	cmocka_unit_test(arrays_grow),
};
UNIT_MAIN(tests)
