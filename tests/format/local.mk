# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
check_PROGRAMS += tests/format/test_jset
TESTS += tests/format/test_jset
tests_format_test_jset_SOURCES = tests/format/test_jset.c tests/unit.h
tests_format_test_jset_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_jset_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_unpack
TESTS += tests/format/test_unpack
tests_format_test_unpack_SOURCES = tests/format/test_unpack.c tests/unit.h
tests_format_test_unpack_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_unpack_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_bpos
TESTS += tests/format/test_bpos
tests_format_test_bpos_SOURCES = tests/format/test_bpos.c tests/unit.h
tests_format_test_bpos_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_bpos_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_bkey
TESTS += tests/format/test_bkey
tests_format_test_bkey_SOURCES = tests/format/test_bkey.c tests/unit.h
tests_format_test_bkey_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_bkey_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_bkey_format
TESTS += tests/format/test_bkey_format
tests_format_test_bkey_format_SOURCES = tests/format/test_bkey_format.c tests/unit.h
tests_format_test_bkey_format_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_bkey_format_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_fields
TESTS += tests/format/test_fields
tests_format_test_fields_SOURCES = tests/format/test_fields.c tests/unit.h
tests_format_test_fields_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_fields_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_tables
TESTS += tests/format/test_tables
tests_format_test_tables_SOURCES = tests/format/test_tables.c tests/unit.h
tests_format_test_tables_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_tables_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_checksum
TESTS += tests/format/test_checksum
tests_format_test_checksum_SOURCES = tests/format/test_checksum.c tests/unit.h
tests_format_test_checksum_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_checksum_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_node_header
TESTS += tests/format/test_node_header
tests_format_test_node_header_SOURCES = tests/format/test_node_header.c tests/unit.h
tests_format_test_node_header_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_node_header_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_key_text
TESTS += tests/format/test_key_text
tests_format_test_key_text_SOURCES = tests/format/test_key_text.c tests/unit.h
tests_format_test_key_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_key_text_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_key_invalid
TESTS += tests/format/test_key_invalid
tests_format_test_key_invalid_SOURCES = tests/format/test_key_invalid.c tests/unit.h
tests_format_test_key_invalid_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_key_invalid_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/format/test_key_codec
TESTS += tests/format/test_key_codec
tests_format_test_key_codec_SOURCES = tests/format/test_key_codec.c tests/unit.h
tests_format_test_key_codec_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_key_codec_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

endif

if HAVE_CMOCKA
check_PROGRAMS += tests/format/test_superblock
TESTS += tests/format/test_superblock
tests_format_test_superblock_SOURCES = tests/format/test_superblock.c tests/unit.h
tests_format_test_superblock_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_format_test_superblock_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
