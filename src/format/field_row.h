/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short ways to write a row of a field table: a member, a bit range [lo, hi) of one, bytes, a position. */
#ifndef ARBORIST_FORMAT_FIELD_ROW_H
#define ARBORIST_FORMAT_FIELD_ROW_H

#include "arborist/format/fields.h"

#define U(n, off, size)			{ .name = n, .offset = off, .bytes = size }
#define B(n, off, size, lo, hi)		{ .name = n, .offset = off, .bytes = size, .bit = lo, .bits = (hi) - (lo) }
#define X(n, off, size, k)		{ .name = n, .offset = off, .bytes = size, .kind = k }
#define POS(n, off)			U(n ".snapshot", off, 4), U(n ".offset", (off) + 4, 8), U(n ".inode", (off) + 12, 8)

#endif
