# SPDX-License-Identifier: GPL-3.0-or-later
MUTATION_SHARED = tests/mutation/child.c tests/mutation/child.h tests/mutation/objects.c tests/mutation/objects.h
check_PROGRAMS += tests/mutation/mutate tests/mutation/sb_fields
tests_mutation_mutate_SOURCES = tests/mutation/mutate.c tests/mutation/bytes.c tests/mutation/bytes.h \
	tests/mutation/fields.c tests/mutation/fields.h tests/mutation/images.c tests/mutation/images.h $(MUTATION_SHARED)
tests_mutation_mutate_LDADD = libarborist.a $(DEPS_LIBS)
tests_mutation_sb_fields_SOURCES = tests/mutation/sb_fields.c $(MUTATION_SHARED)
tests_mutation_sb_fields_LDADD = libarborist.a $(DEPS_LIBS)

TESTS += tests/mutation/bad-input tests/mutation/mutations
EXTRA_DIST += tests/mutation/bad-input tests/mutation/mutations

# Many more rounds: make mutation-long ROUNDS=50000 SEED=7
mutation-long: all $(check_PROGRAMS)
	@$(AM_TESTS_ENVIRONMENT) MUTATION_ROUNDS=$${ROUNDS:-20000} MUTATION_SEED=$${SEED:-1} $(srcdir)/tests/mutation/mutations
.PHONY: mutation-long
