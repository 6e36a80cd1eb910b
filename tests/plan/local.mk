# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
PLAN_TESTS = tests/plan/test_plan tests/plan/test_commit tests/plan/test_nodes tests/plan/test_node_crash tests/plan/test_usage tests/plan/test_room
check_PROGRAMS += $(PLAN_TESTS)
TESTS += $(PLAN_TESTS)
SIM_SOURCES = tests/plan/simdisk.c tests/plan/simdisk.h tests/btree/real_image.c tests/btree/real_image.h tests/temp.h tests/unit.h

tests_plan_test_plan_SOURCES = tests/plan/test_plan.c $(SIM_SOURCES)
tests_plan_test_plan_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_plan_test_plan_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_plan_test_commit_SOURCES = tests/plan/test_commit.c $(SIM_SOURCES)
tests_plan_test_commit_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_plan_test_commit_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_plan_test_node_crash_SOURCES = tests/plan/test_node_crash.c $(SIM_SOURCES)
tests_plan_test_node_crash_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_plan_test_node_crash_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_plan_test_room_SOURCES = tests/plan/test_room.c tests/built.h tests/unit.h
tests_plan_test_room_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_plan_test_room_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_plan_test_usage_SOURCES = tests/plan/test_usage.c tests/unit.h
tests_plan_test_usage_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_plan_test_usage_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_plan_test_nodes_SOURCES = tests/plan/test_nodes.c tests/pass/topo_make.c tests/pass/topo_make.h tests/unit.h
tests_plan_test_nodes_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_plan_test_nodes_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
