# SPDX-License-Identifier: GPL-3.0-or-later
check_PROGRAMS += tests/reference/listing
tests_reference_listing_SOURCES = tests/reference/listing.c
tests_reference_listing_LDADD = libarborist.a $(DEPS_LIBS)

TESTS += tests/reference/listings tests/reference/buckets
EXTRA_DIST += tests/reference/listings tests/reference/buckets
TESTS += tests/reference/paths
EXTRA_DIST += tests/reference/paths
