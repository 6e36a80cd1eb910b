/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One character at a time, for the text gate and the JSON writer. */
#ifndef ARBORIST_SRC_BASE_UTF8_H
#define ARBORIST_SRC_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed character at @p (@n bytes at hand); 0 when there is none. */
unsigned utf8_next(const uint8_t *p, size_t n, uint32_t *ret);
/* Would the character control a terminal, change the writing direction, break a line, or hide itself? */
bool utf8_unsafe(uint32_t c);
/* How many bytes from @p on mean themselves everywhere: ASCII without control characters, quotation mark and backslash. */
size_t ascii_plain(const uint8_t *p, size_t n);

#endif
