/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extent entries for the families of keys that hold them. */
#ifndef FORMAT_EXTENT_TEXT_H
#define FORMAT_EXTENT_TEXT_H

#include "arborist/format/extent.h"
#include "arborist/format/key_type.h"

unsigned extent_ptrs_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why);
/* "durability: 1 crc: ... ptr: 0:46:0 gen 0" */
void extent_ptrs_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k);
void extent_ptr_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct extent_ptr *p);

#endif
