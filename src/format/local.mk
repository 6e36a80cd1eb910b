# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/format/jset.h \
	src/format/jset.c \
	src/format/jset_check.c

libarborist_a_SOURCES += \
	include/arborist/format/bkey.h src/format/bkey.c src/format/bkey_format.c src/format/bkey_pack.c \
	include/arborist/format/bpos.h src/format/bpos.c \
	include/arborist/format/btree_id.h src/format/btree_id.c \
	include/arborist/format/checksum.h src/format/checksum.c \
	include/arborist/format/defect.h src/format/defect.c \
	include/arborist/format/fsck_err.h src/format/fsck_err.c src/format/recovery_pass.c \
	include/arborist/format/geometry.h src/format/geometry.c \
	include/arborist/format/node.h src/format/node.c

libarborist_a_SOURCES += \
	include/arborist/format/fields.h src/format/fields.c \
	include/arborist/format/superblock.h src/format/superblock_internal.h \
	src/format/superblock.c src/format/superblock_errors.c src/format/superblock_fields.c \
	src/format/superblock_journal.c src/format/superblock_lists.c src/format/superblock_members.c \
	src/format/superblock_options.c src/format/superblock_section.c src/format/superblock_text.c
