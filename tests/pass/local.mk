# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
PASS_TESTS = tests/pass/test_topology_rules tests/pass/test_cookie_set tests/pass/test_topology tests/pass/test_images \
	tests/pass/test_allocations tests/pass/test_alloc_example tests/pass/test_alloc_damage tests/pass/test_alloc_rules tests/pass/test_both_ways tests/pass/test_gens tests/pass/test_faults
check_PROGRAMS += $(PASS_TESTS)
TESTS += $(PASS_TESTS)

tests_pass_test_topology_rules_SOURCES = tests/pass/test_topology_rules.c tests/unit.h
tests_pass_test_topology_rules_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_topology_rules_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_pass_test_cookie_set_SOURCES = tests/pass/test_cookie_set.c tests/unit.h
tests_pass_test_cookie_set_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_cookie_set_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_pass_test_topology_SOURCES = tests/pass/test_topology.c tests/pass/topo_make.c tests/pass/topo_make.h tests/unit.h
tests_pass_test_topology_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_topology_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_pass_test_images_SOURCES = tests/pass/test_images.c tests/pass/real_pass.c tests/pass/real_pass.h tests/btree/real_image.c tests/btree/real_image.h tests/temp.h tests/unit.h
tests_pass_test_images_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_images_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_pass_test_allocations_SOURCES = tests/pass/test_allocations.c tests/pass/both_ways.c tests/pass/both_ways.h tests/pass/real_pass.c tests/pass/real_pass.h tests/btree/real_image.c tests/btree/real_image.h tests/temp.h tests/unit.h
tests_pass_test_allocations_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_allocations_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_pass_test_alloc_example_SOURCES = tests/pass/test_alloc_example.c tests/unit.h
tests_pass_test_alloc_example_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_alloc_example_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_pass_test_alloc_damage_SOURCES = tests/pass/test_alloc_damage.c tests/pass/stand.c tests/pass/stand.h tests/unit.h
tests_pass_test_alloc_damage_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_alloc_damage_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
tests_pass_test_alloc_rules_SOURCES = tests/pass/test_alloc_rules.c tests/unit.h
tests_pass_test_alloc_rules_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_alloc_rules_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_pass_test_both_ways_SOURCES = tests/pass/test_both_ways.c tests/pass/both_ways.c tests/pass/both_ways.h tests/pass/stand.c tests/pass/stand.h tests/unit.h
tests_pass_test_both_ways_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_both_ways_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_pass_test_gens_SOURCES = tests/pass/test_gens.c tests/pass/stand.c tests/pass/stand.h tests/unit.h
tests_pass_test_gens_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_gens_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_pass_test_faults_SOURCES = tests/pass/test_faults.c tests/pass/stand.c tests/pass/stand.h tests/built.h tests/unit.h
tests_pass_test_faults_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_pass_test_faults_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
