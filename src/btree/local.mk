# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/btree/node.h \
	include/arborist/btree/node_write.h \
	include/arborist/btree/view.h \
	src/btree/node.c \
	src/btree/node_decode.c \
	src/btree/node_decode.h \
	src/btree/node_keys.c \
	src/btree/node_merge.c \
	src/btree/node_write.c \
	src/btree/unpack.c \
	src/btree/unpack.h
