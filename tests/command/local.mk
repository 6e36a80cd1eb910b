# SPDX-License-Identifier: GPL-3.0-or-later
# Scripted sessions through the real program
SCRIPTED_SESSIONS = tests/command/usage.sh tests/command/clean.sh tests/command/bucket.sh tests/command/repair.sh tests/command/questions.sh tests/command/step.sh tests/command/preen.sh tests/command/manual.sh \
	tests/command/scan.sh tests/command/choices.sh tests/command/copies.sh tests/command/degraded.sh tests/command/trouble.sh
SCRIPTED_SESSIONS += tests/command/trust.sh tests/command/find.sh tests/command/hostile.sh tests/command/names.sh
SCRIPTED_SESSIONS += tests/command/progress.sh tests/command/explain.sh tests/command/rows.sh tests/command/left.sh
TESTS += $(SCRIPTED_SESSIONS)
EXTRA_DIST += $(SCRIPTED_SESSIONS) tests/command/lib.sh
SCRIPTED_SESSIONS += tests/command/plan.sh tests/command/loss.sh tests/command/capture.sh tests/command/journal.sh tests/command/hex.sh
check_PROGRAMS += tests/command/jsonlines tests/command/ptytalk
tests_command_jsonlines_SOURCES = tests/command/jsonlines.c
tests_command_ptytalk_SOURCES = tests/command/ptytalk.c
tests_command_ptytalk_LDADD = -lutil

if HAVE_CMOCKA
check_PROGRAMS += tests/command/test_queue
TESTS += tests/command/test_queue
tests_command_test_queue_SOURCES = tests/command/test_queue.c tests/command/talk.c tests/command/talk.h tests/unit.h
tests_command_test_queue_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_command_test_queue_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS) $(LIBINTL)

check_PROGRAMS += tests/command/test_going
TESTS += tests/command/test_going
tests_command_test_going_SOURCES = tests/command/test_going.c tests/command/talk.c tests/command/talk.h tests/temp.h tests/unit.h
tests_command_test_going_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_command_test_going_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS) $(LIBINTL)

check_PROGRAMS += tests/command/test_lookup
TESTS += tests/command/test_lookup
tests_command_test_lookup_SOURCES = tests/command/test_lookup.c tests/unit.h
tests_command_test_lookup_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_command_test_lookup_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/command/test_help
TESTS += tests/command/test_help
tests_command_test_help_SOURCES = tests/command/test_help.c tests/unit.h
tests_command_test_help_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_command_test_help_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif

# Scripts, records, decisions, settings
SCRIPTS_AND_SETTINGS = tests/command/lua.sh tests/command/replay.sh tests/command/decide.sh tests/command/config.sh \
	tests/command/complete.sh tests/command/signals.sh tests/command/term.sh
TESTS += $(SCRIPTS_AND_SETTINGS)
EXTRA_DIST += $(SCRIPTS_AND_SETTINGS)

if HAVE_CMOCKA
check_PROGRAMS += tests/command/test_complete
TESTS += tests/command/test_complete
tests_command_test_complete_SOURCES = tests/command/test_complete.c tests/unit.h
tests_command_test_complete_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_command_test_complete_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
