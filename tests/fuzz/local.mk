# SPDX-License-Identifier: GPL-3.0-or-later
# Each fuzzer is a test of some thousand seeded changes, and with --enable-fuzzing (clang) a libFuzzer program:
#   tests/fuzz/fuzz_node -max_len=40000 -max_total_time=600 CORPUS-FOLDER
FUZZERS = tests/fuzz/fuzz_text \
	tests/fuzz/fuzz_key \
	tests/fuzz/fuzz_node \
	tests/fuzz/fuzz_jset \
	tests/fuzz/fuzz_command \
	tests/fuzz/fuzz_superblock \
	tests/fuzz/fuzz_undo
FUZZERS += tests/fuzz/fuzz_plan
check_PROGRAMS += $(FUZZERS)
EXTRA_DIST += tests/fuzz/driver.c tests/fuzz/mutator.c
if FUZZING
FUZZ_DRIVER = tests/fuzz/mutator.c
else
FUZZ_DRIVER = tests/fuzz/driver.c
TESTS += $(FUZZERS)
endif

tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz_text.c tests/fuzz/fuzz.h $(FUZZ_DRIVER)
tests_fuzz_fuzz_text_LDADD = libarborist.a $(DEPS_LIBS)
tests_fuzz_fuzz_text_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_key_SOURCES = tests/fuzz/fuzz_key.c tests/fuzz/fuzz.h $(FUZZ_DRIVER)
tests_fuzz_fuzz_key_LDADD = libarborist.a $(DEPS_LIBS)
tests_fuzz_fuzz_key_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_node_SOURCES = tests/fuzz/fuzz_node.c tests/fuzz/fuzz.h $(FUZZ_DRIVER)
tests_fuzz_fuzz_node_LDADD = libarborist.a $(DEPS_LIBS)
tests_fuzz_fuzz_node_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_jset_SOURCES = tests/fuzz/fuzz_jset.c tests/fuzz/fuzz.h $(FUZZ_DRIVER)
tests_fuzz_fuzz_jset_LDADD = libarborist.a $(DEPS_LIBS)
tests_fuzz_fuzz_jset_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_command_SOURCES = tests/fuzz/fuzz_command.c tests/fuzz/fuzz.h $(FUZZ_DRIVER)
tests_fuzz_fuzz_command_LDADD = libarborist.a $(DEPS_LIBS)
tests_fuzz_fuzz_command_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_superblock_SOURCES = tests/fuzz/fuzz_superblock.c tests/fuzz/fuzz.h $(FUZZ_DRIVER)
tests_fuzz_fuzz_superblock_LDADD = libarborist.a $(DEPS_LIBS)
tests_fuzz_fuzz_superblock_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_undo_SOURCES = tests/fuzz/fuzz_undo.c tests/fuzz/fuzz.h $(FUZZ_DRIVER)
tests_fuzz_fuzz_undo_LDADD = libarborist.a $(DEPS_LIBS)
tests_fuzz_fuzz_undo_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_plan_SOURCES = tests/fuzz/fuzz_plan.c tests/fuzz/fuzz.h $(FUZZ_DRIVER)
tests_fuzz_fuzz_plan_LDADD = libarborist.a $(DEPS_LIBS)
tests_fuzz_fuzz_plan_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
