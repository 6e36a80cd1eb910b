/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the person stands in the trees, and where they have been. */
#include <config.h>
#include "internal.h"

#define HISTORY_MAX 1000

struct cursor *session_cursor(struct session *s)
{
	return &s->history.cursor;
}

void session_cursor_go(struct session *s, struct cursor c)
{
	struct history *h = &s->history;
	struct cursor *new;

	if (h->list.nr)
		h->list.nr = h->at + 1;		/* what lay ahead is forgotten, as in a browser */
	if (h->list.nr == HISTORY_MAX)
		memmove(h->list.v, h->list.v + 1, --h->list.nr * sizeof(*h->list.v));
	new = arb_array_push(&h->list);
	if (new) {
		*new = c;
		h->at = h->list.nr - 1;
	}
	h->cursor = c;
}

bool session_cursor_back(struct session *s)
{
	struct history *h = &s->history;

	if (!h->list.nr || !h->at)
		return false;
	h->cursor = h->list.v[--h->at];
	return true;
}

bool session_cursor_forward(struct session *s)
{
	struct history *h = &s->history;

	if (h->at + 1 >= h->list.nr)
		return false;
	h->cursor = h->list.v[++h->at];
	return true;
}

struct cursor *session_mark(struct session *s, char letter)
{
	return letter >= 'a' && letter <= 'z' ? &s->history.marks[letter - 'a'] : NULL;
}
