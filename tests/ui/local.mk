# SPDX-License-Identifier: GPL-3.0-or-later
UI_TEST_SESSION = tests/ui/fake_session.c tests/ui/fake_session.h tests/ui/fake_jobs.c tests/unit.h
UI_TEST_STAGE = tests/ui/stage.c tests/ui/stage.h $(UI_TEST_SESSION)
UI_TEST_PROGRAM = tests/ui/program.c tests/ui/program.h tests/temp.h tests/ui/pty.c tests/ui/pty.h tests/unit.h
UI_TEST_LIBS = libui.a libarborist.a $(DEPS_LIBS) $(CURSES_LIBS) $(CMOCKA_LIBS) $(LIBINTL)
EXTRA_DIST += $(srcdir)/tests/ui/screens/*.txt $(srcdir)/tests/ui/scenes/*.txt
if HAVE_CMOCKA
check_PROGRAMS += tests/ui/test_grid tests/ui/test_tree tests/ui/test_endurance tests/ui/test_questions tests/ui/test_screens tests/ui/test_scenes tests/ui/test_keys
TESTS += tests/ui/test_grid tests/ui/test_tree tests/ui/test_endurance tests/ui/test_questions tests/ui/test_screens tests/ui/test_scenes tests/ui/test_keys
tests_ui_test_grid_SOURCES = tests/ui/test_grid.c tests/unit.h
tests_ui_test_grid_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_ui_test_grid_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_ui_test_grid_LDADD = $(UI_TEST_LIBS)
tests_ui_test_keys_SOURCES = tests/ui/test_keys.c tests/unit.h
tests_ui_test_keys_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_ui_test_keys_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_ui_test_keys_LDADD = $(UI_TEST_LIBS)
tests_ui_test_tree_SOURCES = tests/ui/test_tree.c $(UI_TEST_SESSION)
tests_ui_test_tree_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_ui_test_tree_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_ui_test_tree_LDADD = $(UI_TEST_LIBS)
tests_ui_test_endurance_SOURCES = tests/ui/test_endurance.c $(UI_TEST_STAGE)
tests_ui_test_endurance_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_ui_test_endurance_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_ui_test_endurance_LDADD = $(UI_TEST_LIBS)
tests_ui_test_questions_SOURCES = tests/ui/test_questions.c $(UI_TEST_STAGE)
tests_ui_test_questions_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_ui_test_questions_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_ui_test_questions_LDADD = $(UI_TEST_LIBS)
tests_ui_test_screens_SOURCES = tests/ui/test_screens.c $(UI_TEST_STAGE)
tests_ui_test_screens_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_ui_test_screens_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_ui_test_screens_LDADD = $(UI_TEST_LIBS)
tests_ui_test_scenes_SOURCES = tests/ui/test_scenes.c tests/ui/scenes.c tests/ui/scenes_windows.c tests/ui/scenes.h $(UI_TEST_STAGE)
tests_ui_test_scenes_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_ui_test_scenes_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_ui_test_scenes_LDADD = $(UI_TEST_LIBS)
if HAVE_VTERM
check_PROGRAMS += tests/ui/test_console tests/ui/test_terminals
TESTS += tests/ui/test_console tests/ui/test_terminals
EXTRA_PROGRAMS += tests/ui/test_latency tests/ui/test_million
BENCHES += tests/ui/test_latency tests/ui/test_million
tests_ui_test_terminals_SOURCES = tests/ui/test_terminals.c $(UI_TEST_PROGRAM)
tests_ui_test_terminals_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(VTERM_CFLAGS)
tests_ui_test_terminals_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS) $(VTERM_LIBS)
tests_ui_test_latency_SOURCES = tests/ui/test_latency.c $(UI_TEST_PROGRAM)
tests_ui_test_latency_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(VTERM_CFLAGS)
tests_ui_test_latency_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS) $(VTERM_LIBS)
tests_ui_test_million_SOURCES = tests/ui/test_million.c $(UI_TEST_PROGRAM)
tests_ui_test_million_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(VTERM_CFLAGS)
tests_ui_test_million_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS) $(VTERM_LIBS)
tests_ui_test_console_SOURCES = tests/ui/test_console.c $(UI_TEST_PROGRAM)
tests_ui_test_console_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(VTERM_CFLAGS)
tests_ui_test_console_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS) $(VTERM_LIBS)
endif
endif
