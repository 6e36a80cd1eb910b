/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node or a key looks like, in words and in bytes. */
#include <config.h>
#include <stdio.h>
#include "arborist/base/i18n.h"
#include "arborist/format/key_type.h"
#include "arborist/session/describe.h"

const char *describe_severity(enum defect_severity s)
{
	static const char *const names[] = {
		[DEFECT_NOTE] = N_("note"), [DEFECT_FIXABLE] = N_("repaired while reading"), [DEFECT_WANT_RETRY] = N_("used as it is"),
		[DEFECT_MUST_RETRY] = N_("unreadable"), [DEFECT_BAD_NODE] = N_("unreadable"), [DEFECT_INCOMPATIBLE] = N_("not understood"),
	};

	return names[s];
}

void describe_defects(struct arb_buf *out, const struct defects *d)
{
	for (size_t i = 0; d && i < d->list.nr; i++) {
		const struct defect *x = &d->list.v[i];

		arb_buf_printf(out, "  ! %s", x->text ? x->text : _("(out of memory)"));
		if (x->dev != DEV_NONE)
			arb_buf_printf(out, _(" (device %u sector %llu byte %u)"), x->dev, (unsigned long long)x->sector, x->offset);
		arb_buf_printf(out, ": %s\n", tr(describe_severity(x->severity)));
	}
	if (d && d->dropped)
		arb_buf_printf(out, _("  ! and %zu more\n"), d->dropped);
}

void describe_key(struct arb_buf *out, const struct view *v, struct bkey_s k)
{
	struct key_text_ctx c = { .geo = &v->geo };

	bkey_to_text(out, &c, k);
	arb_buf_putc(out, '\n');
}

void describe_pointer(struct arb_buf *out, const struct view *v, const struct location *l)
{
	arb_buf_puts(out, _("node "));
	btree_id_to_text(out, l->btree);
	arb_buf_printf(out, _(" level %u%s  "), l->level, l->level == l->root_level ? _(" (root)") : "");
	bpos_to_text(out, l->start);
	arb_buf_puts(out, " .. ");
	bpos_to_text(out, l->end);
	arb_buf_puts(out, _("\npointer "));
	describe_key(out, v, bkey_buf_s(&l->ptr));
}

void describe_node(struct arb_buf *out, const struct view *v, const struct location *l)
{
	describe_pointer(out, v, l);
	if (!l->got.node) {
		arb_buf_puts(out, _("this node cannot be read\n"));
		describe_defects(out, l->got.defects);
		return;
	}
	node_to_text(out, &v->geo, l->got.node);
	if (out->len && out->s[out->len - 1] != '\n')
		arb_buf_putc(out, '\n');
	describe_defects(out, &l->got.node->defects);
}

void describe_bsets(struct arb_buf *out, const struct node *n)
{
	arb_buf_puts(out, "bset  offset   bytes    keys  u64s  journal_seq  version  csum\n");
	for (unsigned i = 0; i < n->nr_bsets; i++) {
		const struct node_bset *b = &n->bsets[i];
		const char *type = csum_type_name(b->h.csum_type);

		arb_buf_printf(out, "%4u  %7u  %7u  %5u  %4u  %11llu  %u.%-5u  %s %s%s%s\n", i, b->offset, b->bytes, b->nr_keys,
			       b->h.u64s, (unsigned long long)b->h.journal_seq, b->h.version >> 10, b->h.version & 1023,
			       type ? type : "?", b->csum_ok ? "ok" : "BAD", b->blacklisted ? _(", blacklisted") : "",
			       b->used ? "" : _(", not used"));
	}
}

void describe_format(struct arb_buf *out, const struct node *n)
{
	static const char *const names[BKEY_FIELDS] = { "inode", "offset", "snapshot", "size", "version_hi", "version_lo" };
	const struct bkey_format *f = &n->h.format;

	bkey_format_to_text(out, f);
	arb_buf_printf(out, _("\npacked keys take %u words (unpacked: %u)\n"), f->key_u64s, BKEY_U64s);
	for (unsigned i = 0; i < BKEY_FIELDS; i++)
		arb_buf_printf(out, _("  %-10s  %2u bits, added to %llu\n"), names[i], f->bits[i], (unsigned long long)f->offset[i]);
}
