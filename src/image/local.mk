# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/image/image.h src/image/builder.h \
	src/image/damage.h src/image/damage_do.h src/image/damage.c src/image/damage_bytes.c src/image/damage_counts.c \
	src/image/damage_fields.c src/image/damage_find.c src/image/damage_journal.c src/image/damage_node_fields.c src/image/damage_verb.c \
	src/image/damage_stripes.c src/image/damage_structure.c src/image/damage_super.c src/image/damage_tree.c src/image/damage_write.c \
	src/image/build.c src/image/compress.c src/image/contents.c src/image/data.c src/image/derived_accounting.c src/image/derived_alloc.c \
	src/image/derived_backpointers.c src/image/keys.c src/image/log.c src/image/nodes.c src/image/parity.c \
	src/image/snapshots.c src/image/space.c src/image/stripes.c src/image/super.c \
	src/image/types.c src/image/types_old.c
