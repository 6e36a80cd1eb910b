/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hook on the mutation: whatever a pass wants to change goes through pass_decide(), which asks the port and hands an
 * accepted repair to the plan. Nothing else in this room calls plan_apply().
 */
#include "arborist/pass/pass.h"

#include <string.h>

#include "run.h"
#include "upgrade.h"

static bool same_object(const struct pass_memo *m, const struct finding *f)
{
	return m->row == f->row && !strcmp(m->site, f->site) && m->btree == f->btree && m->level == f->level &&
		bpos_eq(m->pos, f->pos) && bpos_eq(m->end, f->end) && m->part == f->part;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t hash_object(const struct finding *f)
{
	uint64_t h = mix(f->row->nr, (uint64_t)f->btree << 40 | (uint64_t)f->level << 32 | f->part);

	h = mix(mix(mix(h, f->pos.inode), f->pos.offset), f->pos.snapshot);
	return mix(mix(mix(h, f->end.inode), f->end.offset), f->end.snapshot);
}

static bool remembered(const struct pass_run *r, const struct finding *f)
{
	if (!cookie_set_has(&r->memo_hash, hash_object(f)))
		return false;
	for (size_t i = 0; i < r->memo.nr; i++)
		if (same_object(&r->memo.v[i], f))
			return true;
	return false;
}

static void remember(struct pass_run *r, const struct finding *f)
{
	struct pass_memo *m = cookie_set_add(&r->memo_hash, hash_object(f)) ? arb_array_push(&r->memo) : NULL;

	if (m)		/* without memory it is merely reported again */
		*m = (struct pass_memo){ f->row, f->site, f->btree, f->level, f->pos, f->end, f->part };
}

static enum arb_code apply(struct pass_ctx *c, struct finding *f)
{
	struct repair *r = f->repair;
	enum arb_code code;

	r->finding_id = f->row->id;
	r->finding_nr = f->row->nr;
	r->finding_serial = f->serial;
	f->repair = NULL;
	code = plan_apply(c->plan, r, c->err);
	if (code)
		return code;
	f->fixed = true;
	c->fixed++;
	if (c->port->applied)
		c->port->applied(c->port->arg, r);
	return ARB_OK;
}

static enum arb_code leave(struct pass_ctx *c, struct finding *f)
{
	if (finding_is_error(f))
		c->left++;
	remember(c->run, f);
	return ARB_OK;
}

/* Another of the things that could be done takes the place of the repair. */
static bool says_where(const struct repair *r)
{
	return r->btree || r->level || !bpos_eq(r->pos, POS_MIN) || !bpos_eq(r->end, POS_MIN);
}

static void place_repair(struct finding *f)
{
	f->repair->btree = f->btree;
	f->repair->level = f->level;
	f->repair->pos = f->pos;
	f->repair->end = f->end;
}

static void take_choice(struct finding *f)
{
	struct finding_choice *c;

	if (!f->answer.choice)
		return;
	if (f->answer.choice > f->nr_choices) {		/* no such thing: nothing is done */
		f->no_repair = true;
		return;
	}
	c = &f->choice[f->answer.choice - 1];
	if (f->repair)
		repair_free(f->repair);
	f->repair = c->repair;
	if (f->chosen)
		*f->chosen = c->name;
	f->no_repair = false;
	c->repair = NULL;
	place_repair(f);
}

static enum arb_code carry_out(struct pass_ctx *c, struct finding *f)
{
	switch (f->answer.verb) {
	case ANSWER_FIX:
		if (f->by_itself) {
			f->fixed = true;
			c->fixed++;
			return ARB_OK;
		}
		take_choice(f);
		return f->no_repair || !f->repair ? leave(c, f) : apply(c, f);
	case ANSWER_SKIP:
		leave(c, f);
		if (f->row->kind != FINDING_MUSTFIX || f->no_repair)
			return ARB_OK;		/* what cannot be fixed now does not have to be */
		return arb_fail(c->err, ARB_E_STOPPED, "%s was declined: the pass cannot go on", f->row->id);
	case ANSWER_STOP:
	case ANSWER_NONE:
		break;
	}
	leave(c, f);
	return arb_fail(c->err, ARB_E_STOPPED, "stopped at %s", f->row->id);
}

enum arb_code pass_decide(struct pass_ctx *c, struct finding *f, bool *ret_fixed)
{
	enum arb_code code;

	*ret_fixed = false;
	if (!f)
		return arb_fail(c->err, ARB_E_NOMEM, "out of memory for a finding");
	if (remembered(c->run, f)) {
		finding_free(f);
		return ARB_OK;
	}
	if (upgrade_expects(c->view, f)) {
		upgrade_note(c->run, f);
		finding_free(f);
		return ARB_OK;
	}
	if (finding_is_error(f))
		c->findings++;
	if (f->repair && !says_where(f->repair))
		place_repair(f);
	code = c->port->decide(c->port->arg, f);
	c->btree_left = code == ARB_E_STOPPED && f->answer.here;
	if (!code)
		code = carry_out(c, f);
	else if (finding_is_error(f))
		c->left++;
	*ret_fixed = f->fixed;
	if (c->port->decided)
		c->port->decided(c->port->arg, f);
	finding_free(f);
	return code;
}

enum arb_code pass_step(struct pass_ctx *c, unsigned btree, unsigned level, struct bpos pos, struct bpos start, struct bpos end, uint64_t bytes)
{
	c->progress.pos = (struct gc_pos){ GC_PHASE_btree, btree, level, pos };
	c->progress.start = start;
	c->progress.end = end;
	c->progress.nodes_done++;
	c->progress.bytes_done += bytes;
	if (c->progress.nodes_total && c->progress.nodes_total < c->progress.nodes_done)
		c->progress.nodes_total = c->progress.nodes_done;
	return c->port->step ? c->port->step(c->port->arg, &c->progress) : ARB_OK;
}

enum arb_code pass_step_node(struct pass_ctx *c, const struct node *n)
{
	return pass_step(c, n->btree, n->level, n->min, n->min, n->max, (uint64_t)n->sectors_read * 512);
}
