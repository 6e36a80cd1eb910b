/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a commit is going to write. */
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "arborist/format/fsck_err.h"
#include "commit_internal.h"

typedef unsigned long long ull;

static void passes_to_text(struct arb_buf *out, uint64_t passes)
{
	arb_buf_puts(out, _("the next mount runs:"));
	arb_buf_puts(out, passes ? " " : _(" nothing besides the usual\n"));
	recovery_passes_to_text(out, passes, ", ");
	arb_buf_puts(out, passes ? "\n" : "");
}

void commit_to_text(struct arb_buf *out, const struct commit *c)
{
	arb_buf_printf(out, P_("%llu key in ", "%llu keys in ", c->keys), (ull)c->keys);
	arb_buf_printf(out, P_("%llu journal entry (%llu to %llu), superblock %llu to %llu, ", "%llu journal entries (%llu to %llu), superblock %llu to %llu, ",
			       c->entries), (ull)c->entries, (ull)c->first_seq, (ull)(c->first_seq + c->entries - 1), (ull)c->old_sb_seq,
		       (ull)c->new_sb_seq);
	text_human_bytes(out, c->bytes);
	arb_buf_printf(out, P_(" in %zu place, %u steps\n", " in %zu places, %u steps\n", c->writes.nr), c->writes.nr, c->nr_steps);
	for (size_t i = 0; i < c->writes.nr; i++) {
		const struct commit_write *w = &c->writes.v[i];

		arb_buf_printf(out, _("  step %u: device %u, byte %llu, %zu bytes: %s\n"), w->step, w->dev, (ull)w->offset, w->n, w->what);
	}
	if (c->keys_filled_in)
		arb_buf_printf(out, _("keys from elsewhere that go into nodes written anew: %llu\n"), (ull)c->keys_filled_in);
	if (c->keys_folded)
		arb_buf_printf(out, _("the journal has no room for %llu keys: they go into leaves written anew\n"), (ull)c->keys_folded);
	if (c->keys_left)
		arb_buf_printf(out, P_("the journal has no room for %llu key that follows from others: the next mount counts anew and writes it\n",
				      "the journal has no room for %llu keys that follow from others: the next mount counts anew and writes them\n", c->keys_left),
			       (ull)c->keys_left);
	passes_to_text(out, c->passes_required);
}
