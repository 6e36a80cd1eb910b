/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commit and undo as a session does them: lay out, write, open again past the page cache, hold what is there against the
 * plan, run the same passes again, and say how it came out.
 */
#include <config.h>
#include <stdio.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "internal.h"

static enum arb_code may_write(struct session *s, struct arb_error *err)
{
	struct devset *d = s->view->devs;

	if (s->o.mode == POLICY_NO)
		return arb_fail(err, ARB_E_REFUSED, "-n was given: nothing is written");
	if (d->read_only)
		return arb_fail(err, ARB_E_REFUSED, "the filesystem is open read-only: %s", d->why_read_only);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (d->dev[i] && d->dev[i]->claim) {
			enum arb_code code = claim_check(d->dev[i]->claim, err);

			if (code)
				return code;
		}
	return devset_check_unchanged(d, err);
}

/* In the state folder, or beside the person where that cannot be had. Named by filesystem and time. */
static char *undo_name(struct session *s)
{
	const uint8_t *u = s->view->geo.uuid;
	ARB_BUF(b);

	if (s->o.undo_path)
		return strdup(s->o.undo_path);
	if (session_state_folder(&b, NULL)) {
		arb_buf_reset(&b);
		arb_buf_puts(&b, ".");
	}
	arb_buf_printf(&b, "/undo-%02x%02x%02x%02x-", u[0], u[1], u[2], u[3]);
	time_stamp(&b, s->o.clock.now_ns(s->o.clock.arg), true);
	for (unsigned i = 0, base = (unsigned)b.len; i < 1000; i++) {
		if (b.oom)
			break;
		b.s[b.len = base] = '\0';
		arb_buf_printf(&b, i ? "-%u.undo" : ".undo", i);
		if (access(arb_buf_str(&b), F_OK))
			break;
	}
	return arb_buf_steal(&b);
}

const char *session_undo_path(struct session *s, struct arb_error *err)
{
	if (s->next_undo && !s->o.undo_path && !access(s->next_undo, F_OK)) {	/* somebody else took the name */
		free(s->next_undo);
		s->next_undo = NULL;
	}
	if (!s->next_undo)
		s->next_undo = undo_name(s);
	if (!s->next_undo)
		arb_fail(err, ARB_E_NOMEM, "out of memory");
	return s->next_undo;
}

/* For last words: never taken back while somebody may read it, so a text once shown stays. */
static void show_undo(struct session *s)
{
	char **old = (char **)arb_array_push(&s->old_undo), *now = strdup(s->undo_path);

	if (!old || !now) {
		free(now);
		return;
	}
	*old = atomic_exchange(&s->undo_shown, now);
}

const char *session_undo_written(struct session *s)
{
	return atomic_load(&s->undo_shown);
}

static enum arb_code undo_choose(struct session *s, struct arb_error *err)
{
	if (!session_undo_path(s, err))
		return ARB_E_NOMEM;
	free(s->undo_path);
	s->undo_path = s->next_undo;
	show_undo(s);
	s->next_undo = NULL;
	return ARB_OK;
}

static void progress(void *arg, uint64_t done, uint64_t total, const char *what)
{
	struct session *s = arg;
	struct session_message *m = message_new(SESSION_COMMIT);

	if (!m)
		return;
	m->text = strdup(what);
	m->done = done;
	m->total = total;
	message_put(s, m);
}

/* What the commit was to bring about, kept to be compared with what is read back. Both owned. */
struct expectation {
	struct overlay *keys, *folded;
	struct btree_root *roots;
};

struct comparison {
	struct session *s;
	uint64_t differ;
};

static bool same_key(struct bkey_s a, struct bkey_s b)
{
	return a.k.u64s == b.k.u64s && a.k.type == b.k.type && a.k.size == b.k.size && bpos_eq(a.k.p, b.k.p) &&
	       !memcmp(a.v, b.v, bkey_val_bytes(&a.k));
}

static void differs(struct comparison *c, unsigned btree, unsigned level, struct bpos pos)
{
	ARB_BUF(b);

	arb_buf_puts(&b, _("not as planned after the commit: "));
	btree_id_to_text(&b, btree);
	arb_buf_printf(&b, " L%u ", level);
	bpos_to_text(&b, pos);
	session_log(c->s, arb_buf_str(&b));
	c->differ++;
}

/* Several deltas of one counter stand side by side: one of them has to be it. */
static bool is_there(const struct overlay *o, const struct overlay_key *k)
{
	const struct overlay_key *now = overlay_get(o, k->btree, k->level, k->key.k.p);

	for (; now && bpos_eq(now->key.k.p, k->key.k.p); now = overlay_next(o, now))
		if (same_key(now->key, k->key))
			return true;
	return false;
}

static enum arb_code compare_key(void *arg, const struct overlay_key *k)
{
	struct comparison *c = arg;

	if (k->cause != OVERLAY_FROM_JOURNAL && !is_there(c->s->view->overlay, k))
		differs(c, k->btree, k->level, k->key.k.p);
	return ARB_OK;
}

/* Those that stand in leaves written anew; what the journal says of the same place comes above them, and has been compared. */
static enum arb_code compare_folded(void *arg, const struct overlay_key *k)
{
	struct comparison *c = arg;
	struct bkey_buf now;
	bool found;
	enum arb_code code;

	if (overlay_get(c->s->view->overlay, k->btree, k->level, k->key.k.p))
		return ARB_OK;
	code = view_lookup(c->s->view, k->btree, k->key.k.p, &now, &found, NULL);
	if (code || found == (k->key.k.type == KEY_deleted) || (found && !same_key(bkey_buf_s(&now), k->key)))
		differs(c, k->btree, k->level, k->key.k.p);
	return ARB_OK;
}

static uint64_t compare(struct session *s, const struct expectation *x)
{
	struct comparison c = { .s = s };

	overlay_for_each(x->keys, compare_key, &c);
	if (x->folded)
		overlay_for_each(x->folded, compare_folded, &c);
	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++) {
		const struct btree_root *was = &x->roots[i], *now = &s->view->roots[i];

		if (!was->cause || was->fake)
			continue;
		if (now->lost || now->level != was->level || !same_key(bkey_buf_s(&now->key), bkey_buf_s(&was->key)))
			differs(&c, i, was->level + 1, SPOS_MAX);
	}
	return c.differ;
}

/* The same passes once more, in memory only; what they find is what is left. */
static enum arb_code recheck(struct session *s, struct commit_result *ret, struct arb_error *err)
{
	size_t first = s->findings.nr;
	enum arb_code code;

	session_log(s, _("checking again"));
	s->rechecking = true;
	code = session_run_passes(s, (const char *const *)s->ran.v, (unsigned)s->ran.nr, err);
	s->rechecking = false;
	for (size_t i = first; i < s->findings.nr; i++)
		ret->recheck_left += session_finding_fate(s, i) == FATE_LEFT;
	ret->recheck_findings = ret->recheck_left;
	ret->requested = findings_totals(s).requested;
	if (code == ARB_E_STOPPED)	/* at something that is left, and counted */
		code = ARB_OK;
	if (plan_nr(s->plan)) {		/* what it rehearsed is nobody's decision */
		struct arb_error why = { 0 };
		enum arb_code reopened = engine_reopen(s, &why);

		if (!code && reopened) {
			code = reopened;
			if (err)
				*err = why;
		}
	}
	return code;
}

static void transcript_writes(struct session *s, const struct commit *c)
{
	ARB_BUF(b);

	commit_to_text(&b, c);
	transcript_line(s, "commit, undo file %s", s->undo_path);
	transcript_text(s, "  ", arb_buf_str(&b));
	for (size_t i = 0; i < c->writes.nr; i++) {
		const struct commit_write *w = &c->writes.v[i];

		transcript_line(s, "  write: device %u offset %llu bytes %zu step %u: %s", w->dev,
				(unsigned long long)w->offset, w->n, w->step, w->what ? w->what : "");
	}
}

static enum arb_code write_out(struct session *s, struct expectation *x, struct commit_result *ret, struct arb_error *err)
{
	uint64_t now = replay_time(s, s->o.clock.now_ns(s->o.clock.arg));
	struct arb_clock clock = arb_clock_fixed(now);
	struct commit *c = NULL;
	enum arb_code code = commit_prepare(s->view, s->plan, &clock, &c, err);

	recording_time(s, now);
	if (code)
		return code;
	if (c->keys_folded) {
		ARB_BUF(b);

		arb_buf_printf(&b, _("the journal has no room for %llu keys: they go into leaves written anew"), (unsigned long long)c->keys_folded);
		session_log(s, arb_buf_str(&b));
	}
	if (c->keys_left) {
		ARB_BUF(b);

		arb_buf_printf(&b, P_("the journal has no room for %llu key that follows from others: the next mount counts anew and writes it",
				      "the journal has no room for %llu keys that follow from others: the next mount counts anew and writes them", c->keys_left),
			       (unsigned long long)c->keys_left);
		session_log(s, arb_buf_str(&b));
	}
	ret->keys = c->keys + c->keys_folded + c->keys_filled_in;
	ret->entries = c->entries;
	ret->bytes = c->bytes;
	transcript_writes(s, c);
	code = commit_write_out(s->view->devs, c, s->undo_path, progress, s, err);
	transcript_line(s, "%s", code ? err->text : "written");
	if (!code) {
		requested_note(s, c->left);
		c->left = NULL;
	}
	*x = (struct expectation) { c->after_keys, c->folded, c->after_roots };
	c->after_keys = c->folded = NULL;
	c->after_roots = NULL;
	commit_free(c);
	return code;
}

static enum arb_code prove(struct session *s, const struct expectation *x, struct commit_result *ret, struct arb_error *err)
{
	enum arb_code code = engine_reopen(s, err);
	uint64_t differ;

	if (code)
		return arb_error_context(err, "written, but it cannot be opened again");
	differ = compare(s, x);
	findings_written(s);
	s->written = true;
	s->commits++;
	code = recheck(s, ret, err);
	if (code == ARB_E_CANCELLED)
		return arb_fail(err, code, "written, but the re-check was cancelled (undo with: arborist undo %s)", s->undo_path);
	if (code)
		return arb_error_context(err, "written, but the re-check did not end (undo with: arborist undo %s)", s->undo_path);
	ret->recheck_clean = s->recheck_clean = !ret->recheck_findings && !ret->requested && !differ;
	if (differ)
		return arb_fail(err, ARB_E_CHANGED, P_("written, but %llu key is not as planned; undo with: arborist undo %s",
						       "written, but %llu keys are not as planned; undo with: arborist undo %s", differ),
				(unsigned long long)differ, s->undo_path);
	return ARB_OK;
}

enum arb_code session_commit(struct session *s, struct commit_result *ret, struct arb_error *err)
{
	struct expectation x = { 0 };
	enum arb_code code;

	memset(ret, 0, sizeof(*ret));
	if (!plan_nr(s->plan))
		return arb_fail(err, ARB_E_REFUSED, "the plan is empty: there is nothing to commit");
	code = may_write(s, err);
	if (!code)
		code = undo_choose(s, err);
	if (code)
		return code;
	snprintf(ret->undo_path, sizeof(ret->undo_path), "%s", s->undo_path);
	code = loss_save(s, ret->loss_path, sizeof(ret->loss_path), err);
	if (code == ARB_E_CANCELLED)
		return code;
	if (code && err)		/* a repair is not held up by what is told about it */
		session_log(s, err->text);
	code = write_out(s, &x, ret, err);
	if (!code)
		code = prove(s, &x, ret, err);
	overlay_free(x.keys);
	overlay_free(x.folded);
	free(x.roots);
	transcript_line(s, "re-check: %s", code ? err->text : ret->recheck_clean ? "clean" : "not clean");
	state_publish(s, true);
	return code;
}

unsigned session_commits(struct session *s)
{
	return s->commits;
}

enum arb_code session_undo(struct session *s, struct arb_error *err)
{
	struct blk *by_member[SB_MEMBERS_MAX] = { NULL };
	struct undo *u = NULL;
	enum arb_code code;

	if (!s->written || !s->undo_path)
		return arb_fail(err, ARB_E_REFUSED, "nothing has been committed in this session; for an older undo file: arborist undo FILE");
	code = may_write(s, err);
	if (!code)
		code = undo_load(s->undo_path, &u, err);
	if (code)
		return code;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		by_member[i] = s->view->devs->dev[i] ? s->view->devs->dev[i]->blk : NULL;
	code = undo_apply(u, by_member, SB_MEMBERS_MAX, false, progress, s, err);
	undo_free(u);
	transcript_line(s, "undo %s: %s", s->undo_path, code ? err->text : "done");
	if (!code) {
		findings_undone(s);
		requested_forget(s);
		s->written = s->recheck_clean = false;
		code = engine_reopen(s, err);
	}
	state_publish(s, true);
	return code;
}
