/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts about one node or key, for commands and the detail pane. Lines end in newlines; bytes from disk are gated. */
#ifndef ARBORIST_SESSION_DESCRIBE_H
#define ARBORIST_SESSION_DESCRIBE_H

#include "arborist/session/locate.h"

void describe_pointer(struct arb_buf *out, const struct view *v, const struct location *l);
const char *describe_severity(enum defect_severity s);	/* of a defect, in a word or three */
void describe_defects(struct arb_buf *out, const struct defects *d);
/* Header, checksum state of each bset, defects; an unreadable node says why. */
void describe_node(struct arb_buf *out, const struct view *v, const struct location *l);
void describe_bsets(struct arb_buf *out, const struct node *n);
void describe_format(struct arb_buf *out, const struct node *n);
/* The same piece by piece: a field of a header, key or value, or bytes that belong to none. */
struct hex_piece { unsigned bset; size_t at, n; const uint8_t *p; const char *name; };
typedef void hex_fn(void *arg, const struct hex_piece *x);
void describe_hex_pieces(const struct node *n, hex_fn *piece, void *arg);
/* Lines of 16 bytes, the name behind the first. */
void describe_bytes(struct arb_buf *out, const uint8_t *p, size_t at, size_t n, const char *name);
/* Bytes of header and bsets with the name of the field in front, 16 to a line. */
void describe_hex(struct arb_buf *out, const struct node *n);
/* The whole text of a key, all lines. */
void describe_key(struct arb_buf *out, const struct view *v, struct bkey_s k);

#endif
