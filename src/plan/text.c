/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repairs, their mutations and what they lose, as text. */
#include <inttypes.h>
#include <string.h>
#include "arborist/base/i18n.h"
#include "arborist/format/accounting.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/fsck_err.h"
#include "internal.h"

typedef unsigned long long ull;

static void count_text(struct arb_buf *out, const char **sep, uint64_t n, const char *one, const char *many)
{
	if (!n)
		return;
	arb_buf_printf(out, "%s%llu %s", *sep, (ull)n, ngettext(one, many, (unsigned long)n));
	*sep = ", ";
}

void loss_to_text(struct arb_buf *out, const struct loss *l)
{
	const char *sep = "";

	count_text(out, &sep, l->nodes_dropped, "node dropped", "nodes dropped");
	if (l->nodes_dropped && l->nodes_unreadable)
		arb_buf_printf(out, _(" (%llu unreadable: nobody knows what was in there)"), (ull)l->nodes_unreadable);
	count_text(out, &sep, l->keys_cut, "key cut off", "keys cut off");
	count_text(out, &sep, l->ranges_uncovered, "range left uncovered", "ranges left uncovered");
	if (!*sep) {
		arb_buf_puts(out, _("nothing is lost"));
		sep = "; ";
	}
	count_text(out, &sep, l->nodes_restored, "scanned node put back", "scanned nodes put back");
}

static void place_text(struct arb_buf *out, const struct mutation *m)
{
	btree_id_to_text(out, m->btree);
	arb_buf_printf(out, " L%u ", m->level);
}

/* The next line of *@text, which is moved behind it. False: there is none. */
static bool next_line(const char **text, const char **ret, size_t *ret_len)
{
	if (!**text)
		return false;
	*ret = *text;
	*ret_len = strcspn(*text, "\n");
	*text += *ret_len + ((*text)[*ret_len] == '\n');
	return true;
}

/* Of a key whose text has several lines those behind the first that are not the same in the key it replaces, or is replaced by. */
static void changed_lines(struct arb_buf *out, const struct fs_geometry *geo, const struct bkey_buf *k, const struct bkey_buf *other)
{
	struct key_text_ctx c = { .geo = geo, .indent = 4 };
	const char *at, *other_at, *line, *other_line;
	size_t n, other_n;
	ARB_BUF(text);
	ARB_BUF(other_text);

	bkey_to_text(&text, &c, bkey_buf_s(k));
	bkey_to_text(&other_text, &c, bkey_buf_s(other));
	at = arb_buf_str(&text);
	other_at = arb_buf_str(&other_text);
	for (bool first = true; next_line(&at, &line, &n); first = false) {
		bool same = next_line(&other_at, &other_line, &other_n) && n == other_n && !memcmp(line, other_line, n);

		if (first || same || !n)
			continue;
		arb_buf_mem(out, line, n);
		arb_buf_putc(out, '\n');
	}
}

static void key_line(struct arb_buf *out, const struct fs_geometry *geo, char sign, const struct mutation *m, const struct bkey_buf *k,
		     const struct bkey_buf *other)
{
	struct key_text_ctx c = { .geo = geo, .flags = KEY_TEXT_FIRST_LINE };

	arb_buf_printf(out, "  %c %s", sign, m->kind == MUTATION_ROOT ? _("root of ") : "");
	place_text(out, m);
	bkey_to_text(out, &c, bkey_buf_s(k));
	arb_buf_putc(out, '\n');
	if (other && other->k.type == k->k.type)
		changed_lines(out, geo, k, other);
}

static void shoot_down_line(struct arb_buf *out, const struct mutation *m)
{
	arb_buf_puts(out, _("  - journal keys of "));
	btree_id_to_text(out, m->btree);
	arb_buf_printf(out, " L%u..%u ", m->level, m->level_max);
	bpos_to_text(out, m->pos);
	arb_buf_puts(out, " .. ");
	bpos_to_text(out, m->end);
	arb_buf_putc(out, '\n');
}

static void super_line(struct arb_buf *out, const struct mutation *m)
{
	const struct recovery_pass_info *pass = recovery_pass_by_id(m->super_arg);
	const char *err = fsck_err_name(m->super_arg);
	struct accounting_pos a;

	arb_buf_puts(out, _("  + superblock: "));
	switch ((enum plan_super)m->super_what) {
	case PLAN_SUPER_REQUIRE_PASS:
		arb_buf_printf(out, _("the next mount runs %s"), pass ? pass->name : _("an unknown pass"));
		break;
	case PLAN_SUPER_LOST_DATA:
		arb_buf_puts(out, _("data of this btree was lost: "));
		btree_id_to_text(out, m->super_arg);
		break;
	case PLAN_SUPER_COUNT_ERROR:
		arb_buf_printf(out, _("one more error %s"), err ? err : _("(unknown)"));
		break;
	case PLAN_SUPER_KEY_VERSION:
		arb_buf_printf(out, _("the highest version of a key is %llu (recorded in the journal)"), (ull)m->super_arg);
		break;
	case PLAN_SUPER_JOURNAL:
		arb_buf_puts(out, _("nothing of the old journal is replayed: what can be understood of it is written anew"));
		break;
	case PLAN_SUPER_BTREE_BITMAP:
		arb_buf_printf(out, _("a btree node lies at sector %llu of device %llu"), (ull)m->pos.offset, (ull)m->pos.inode);
		break;
	case PLAN_SUPER_COPY:
		arb_buf_printf(out, _("copy at sector %llu of device %llu as the others"), (unsigned long long)m->super_arg,
			       (unsigned long long)m->pos.inode);
		break;
	case PLAN_SUPER_REPLICAS:
		arb_buf_puts(out, _("data lies on the devices of "));
		a = accounting_pos_get(m->pos);
		accounting_pos_to_text(out, &a);
		break;
	case PLAN_SUPER_CHECK_BUCKETS:
		arb_buf_puts(out, _("the next mount checks what refers to buckets:"));
		for (unsigned i = 0; plan_bucket_passes[i]; i++) {
			pass = recovery_pass_by_id(plan_bucket_passes[i]);
			arb_buf_printf(out, " %s", pass ? pass->name : _("(unknown)"));
		}
		break;
	case PLAN_SUPER_SILENCE:
		arb_buf_printf(out, _("the next mount fixes %s silently"), err ? err : _("(unknown)"));
		break;
	}
	arb_buf_putc(out, '\n');
}

/* What is written of a counter is a change, which whoever reads the journal adds to what is there. */
static void counters_line(struct arb_buf *out, const struct mutation *m)
{
	int64_t is[ACCT_COUNTERS_MAX], change[ACCT_COUNTERS_MAX];
	unsigned nr = m->old && m->new ? accounting_get(bkey_buf_s(m->new), change) : 0;

	if (m->btree != BTREE_accounting || m->level || !nr || accounting_get(bkey_buf_s(m->old), is) != nr || nr > ACCT_COUNTERS_MAX)
		return;
	arb_buf_puts(out, _("      a change, which makes"));
	for (unsigned i = 0; i < nr; i++)
		arb_buf_printf(out, " %" PRId64, (int64_t)((uint64_t)is[i] + (uint64_t)change[i]));
	arb_buf_putc(out, '\n');
}

void mutation_to_text(struct arb_buf *out, const struct fs_geometry *geo, const struct mutation *m)
{
	if (m->kind == MUTATION_SUPER) {
		super_line(out, m);
		return;
	}
	if (m->kind == MUTATION_SHOOT_DOWN) {
		shoot_down_line(out, m);
		return;
	}
	if (m->kind == MUTATION_REWRITE) {
		arb_buf_puts(out, _("  * node written anew: pointer at "));
		place_text(out, m);
		bpos_to_text(out, m->pos);
		arb_buf_putc(out, '\n');
		return;
	}
	if (m->old)
		key_line(out, geo, '-', m, m->old, m->new);
	if (m->new) {
		key_line(out, geo, '+', m, m->new, m->old);
		counters_line(out, m);
	} else if (m->kind == MUTATION_ROOT) {
		arb_buf_puts(out, _("  + root of "));
		place_text(out, m);
		arb_buf_puts(out, _("empty\n"));
	} else if (!m->old) {
		arb_buf_puts(out, "  - ");
		place_text(out, m);
		bpos_to_text(out, m->pos);
		arb_buf_putc(out, '\n');
	}
}

void repair_to_text(struct arb_buf *out, const struct fs_geometry *geo, const struct repair *r, bool old_new)
{
	arb_buf_printf(out, _("repair %u"), r->id);
	if (r->finding_id)
		arb_buf_printf(out, _(" (%s, finding %u)"), r->finding_id, r->finding_serial);
	arb_buf_printf(out, ": %s; ", r->summary ? r->summary : "");
	loss_to_text(out, &r->loss);
	arb_buf_putc(out, '\n');
	for (size_t i = 0; i < r->mutations.nr && old_new; i++)
		mutation_to_text(out, geo, &r->mutations.v[i]);
}

void plan_to_text(struct arb_buf *out, const struct plan *p)
{
	struct loss loss = plan_loss(p);

	if (!p->repairs.nr) {
		arb_buf_puts(out, _("The plan is empty.\n"));
		return;
	}
	for (size_t i = 0; i < p->repairs.nr; i++)
		repair_to_text(out, &p->view->geo, p->repairs.v[i], false);
	arb_buf_printf(out, P_("%zu repair; ", "%zu repairs; ", p->repairs.nr), p->repairs.nr);
	loss_to_text(out, &loss);
	arb_buf_puts(out, p->committed ? _("; written\n") : _("; nothing is written before commit\n"));
}

void plan_diff_to_text(struct arb_buf *out, const struct plan *p, uint32_t repair_id)
{
	for (size_t i = 0; i < p->repairs.nr; i++)
		if (!repair_id || p->repairs.v[i]->id == repair_id)
			repair_to_text(out, &p->view->geo, p->repairs.v[i], true);
}
