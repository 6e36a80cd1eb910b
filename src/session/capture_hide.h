/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking names out of metadata without changing anything else: private to capture*.c. */
#ifndef ARBORIST_SRC_SESSION_CAPTURE_HIDE_H
#define ARBORIST_SRC_SESSION_CAPTURE_HIDE_H

#include "arborist/format/geometry.h"

/*
 * In place: names, attributes and inline data in every key that can be parsed become letters made from themselves and @salt; what was
 * covered by a good checksum gets a new one. Parts that are no bset, and a whole node without the magic, become zeroes.
 */
void hide_in_node(const struct fs_geometry *geo, uint64_t salt, uint8_t *raw, size_t bytes);
/* The same for a bucket of the journal. */
void hide_in_journal(const struct fs_geometry *geo, uint64_t salt, uint8_t *raw, size_t bytes);

#endif
