/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every unit test includes: cmocka with what it needs in front of it. */
#ifndef ARBORIST_TESTS_UNIT_H
#define ARBORIST_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define UNIT_MAIN(tests) \
	int main(void) { return cmocka_run_group_tests((tests), NULL, NULL) ? 1 : 0; }

#endif
