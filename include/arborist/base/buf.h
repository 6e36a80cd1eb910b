/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A text (or byte) buffer that grows. Out of memory sets .oom and drops the text; callers that care
 * check once at the end. Every *_to_text() function of the house appends to one of these.
 */
#ifndef ARBORIST_BASE_BUF_H
#define ARBORIST_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arb_buf {
	char	*s;		/* NUL terminated, or NULL while empty; owned */
	size_t	len;		/* bytes, without the NUL */
	size_t	cap;
	bool	oom;
};

#define ARB_BUF_INIT { 0 }
#define ARB_BUF(name) __attribute__((cleanup(arb_buf_free), unused)) struct arb_buf name = ARB_BUF_INIT

void arb_buf_free(struct arb_buf *b);			/* frees and empties; usable again */
void arb_buf_reset(struct arb_buf *b);			/* empties, keeps the memory */
const char *arb_buf_str(const struct arb_buf *b);	/* never NULL */
char *arb_buf_steal(struct arb_buf *b);			/* the string, now the caller's; NULL on oom */
void arb_buf_mem(struct arb_buf *b, const void *p, size_t n);
void arb_buf_puts(struct arb_buf *b, const char *s);
void arb_buf_putc(struct arb_buf *b, char c);
void arb_buf_pad(struct arb_buf *b, size_t column);	/* spaces until the current line has @column code points */
void arb_buf_spaces(struct arb_buf *b, unsigned n);
void arb_buf_printf(struct arb_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arb_buf_vprintf(struct arb_buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

#endif
