/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the old and the newest form of alloc keys. */
#ifndef FORMAT_KEY_ALLOC_H
#define FORMAT_KEY_ALLOC_H

#include "arborist/format/alloc.h"
#include "arborist/format/key_type.h"

bool alloc_v4_get(const struct bkey_s *k, struct alloc_v4 *ret);
/* alloc, alloc_v2, alloc_v3; false when the value cannot be decoded (then zeroes). */
bool alloc_old_get(const struct bkey_s *k, struct alloc_v4 *ret);

#endif
