/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text gate: the only exit for bytes that come from a disk (names, labels, log text, file names).
 * Output holds no control bytes, no escape or bidi sequences and no invalid UTF-8: every such byte
 * becomes \xHH, a backslash becomes \\, so the form can be read back.
 */
#ifndef ARBORIST_BASE_TEXT_H
#define ARBORIST_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arborist/base/buf.h"

enum text_mode { TEXT_UTF8, TEXT_ASCII };	/* TEXT_ASCII also escapes everything above 0x7e */

void text_gate(struct arb_buf *out, const void *bytes, size_t n, enum text_mode mode);
/*
 * For a text of our own that already quotes bytes from disk raw (reference listing form): the same as
 * text_gate but a backslash stays as it is. Used at every terminal, log and transcript.
 */
void text_gate_line(struct arb_buf *out, const char *s, size_t n, enum text_mode mode);
/* Gives the bytes back (any byte may stand as \xHH, lower case); false when @s holds what text_gate() would have escaped. */
bool text_ungate(struct arb_buf *out, const char *s, size_t n);
/* "4.00 KiB", "128 MiB", "0 B": three significant digits, binary units. */
void text_human_bytes(struct arb_buf *out, uint64_t bytes);

#endif
