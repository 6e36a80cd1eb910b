# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/btree/node.h \
	include/arborist/btree/node_write.h \
	include/arborist/btree/scan.h \
	include/arborist/btree/view.h \
	src/btree/node.c \
	src/btree/node_decode.c \
	src/btree/node_decode.h \
	src/btree/node_cache.c \
	src/btree/node_cache.h \
	src/btree/node_keys.c \
	src/btree/node_merge.c \
	src/btree/node_plain.c \
	src/btree/node_probe.c \
	src/btree/node_read.c \
	src/btree/node_text.c \
	src/btree/node_write.c \
	src/btree/rcu_thread.c \
	src/btree/scan.c \
	src/btree/scan_copies.c \
	src/btree/scan_gens.c \
	src/btree/scan_older.c \
	src/btree/scan_places.c \
	src/btree/scan_places.h \
	src/btree/scan_private.h \
	src/btree/scan_query.c \
	src/btree/scan_resolve.c \
	src/btree/scan_use.c \
	src/btree/scratch.c \
	src/btree/view.c \
	src/btree/view_ahead.c \
	src/btree/view_iter.c \
	src/btree/view_lookup.c \
	src/btree/view_private.h \
	src/btree/view_orphans.c \
	src/btree/view_unnamed.c \
	src/btree/view_walk.c
