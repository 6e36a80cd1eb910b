# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/format/jset.h \
	src/format/jset.c \
	src/format/jset_check.c \
	src/format/jset_text.c

libarborist_a_SOURCES += \
	include/arborist/format/bkey.h src/format/bkey.c src/format/bkey_format.c src/format/bkey_pack.c \
	include/arborist/format/bpos.h src/format/bpos.c \
	include/arborist/format/btree_id.h src/format/btree_id.c \
	include/arborist/format/checksum.h src/format/checksum.c \
	include/arborist/format/defect.h src/format/defect.c \
	include/arborist/format/fsck_err.h src/format/fsck_err.c src/format/recovery_pass.c \
	include/arborist/format/geometry.h src/format/geometry.c \
	include/arborist/format/node.h src/format/node.c \
	include/arborist/format/unpack.h src/format/unpack.c

libarborist_a_SOURCES += \
	include/arborist/format/fields.h src/format/fields.c src/format/field_row.h src/format/node_fields.c \
	src/format/value_fields.c \
	include/arborist/format/superblock.h src/format/superblock_internal.h \
	src/format/superblock.c src/format/superblock_errors.c src/format/superblock_fields.c \
	src/format/superblock_journal.c src/format/superblock_lists.c src/format/superblock_members.c \
	src/format/superblock_options.c src/format/superblock_section.c src/format/superblock_text.c

libarborist_a_SOURCES += \
	include/arborist/format/key_type.h src/format/key_row.h src/format/key_plain.h src/format/key_error.h src/format/key_type.c \
	include/arborist/format/accounting.h src/format/key_accounting.c \
	include/arborist/format/alloc.h src/format/key_alloc.h src/format/key_alloc.c src/format/key_alloc_old.c \
	src/format/key_bucket.c \
	include/arborist/format/dirent.h src/format/key_dirent.c src/format/key_xattr.c src/format/name_hash.c \
	include/arborist/format/enums.h src/format/enums.c \
	include/arborist/format/extent.h src/format/extent_text.h src/format/extent.c src/format/extent_check.c \
	src/format/extent_text.c src/format/key_btree_ptr.c \
	include/arborist/format/inode.h src/format/key_inode.h src/format/inode_codec.c src/format/key_inode.c \
	src/format/key_inode_plain.c \
	include/arborist/format/reflink.h src/format/key_reflink.c src/format/key_misc.c \
	include/arborist/format/snapshot.h src/format/key_snapshot.c \
	include/arborist/format/stripe.h src/format/key_stripe.c \
	include/arborist/format/varint.h src/format/varint.c
