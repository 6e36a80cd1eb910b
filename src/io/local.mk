# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/io/block.h src/io/block.c src/io/block_file.c src/io/block_mem.c src/io/block_qcow2.c src/io/qcow2_write.c \
	include/arborist/io/record.h src/io/record_read.c src/io/record_write.c \
	src/io/block_stack.c \
	include/arborist/io/claim.h src/io/claim.c \
	include/arborist/io/devset.h src/io/devset_internal.h src/io/devset.c src/io/sb_copies.c src/io/foreign.c
