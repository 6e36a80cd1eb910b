/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was wrong with the journal when it was read, as findings. What counts of it is in the overlay, and can be written anew.
 */
#include <string.h>

#include "run.h"
#include "topology_lost.h"

#include <string.h>

#include "arborist/format/fsck_err.h"

static const char *id_of(const struct defect *d)
{
	const char *id = d->own ? d->own : fsck_err_name(d->err);

	return id && finding_row(id) ? id : NULL;
}

enum { NO_ENTRIES = 1, NO_FLUSH_ENTRY = 2 };	/* numbers of findings */
enum concern { CONCERN_NOBODY, CONCERN_UNUSED, CONCERN_USED };

/*
 * Seen while the rings were looked at. The newest flush entry that does not count, and what recovery complains about wherever it stands, every
 * commit destroys; what else is wrong with an entry that does not count, or that recovery does not see, nobody minds.
 */
static enum concern concern_of_seen(const struct view *v, const struct defect *d)
{
	const struct journal_entry *e;
	const struct journal_copy *c;

	if (d->own || d->dev == DEV_NONE)
		return CONCERN_UNUSED;
	c = journal_copy_at(v->journal, &v->geo, d->dev, d->sector, &e);
	if (!c || (e->use != JOURNAL_REPLAY && e->use != JOURNAL_TORN && (!c->unwanted || c->late)))
		return CONCERN_NOBODY;
	return v->journal->nothing_to_replay ? CONCERN_UNUSED : CONCERN_USED;
}

/* Of something that is used: writing anew what was understood of it gets rid of the defect. Nobody reads a clean filesystem's journal, unless it goes on. */
static enum concern concern_of(const struct view *v, size_t i)
{
	const struct journal *j = v->journal;
	const char *own = j->defects.list.v[i].own;

	if (own && !strcmp(own, "arborist_journal_seq_impossible"))
		return CONCERN_USED;
	if (i >= j->scan_from && i < j->scan_to)
		return j->clean ? CONCERN_NOBODY : concern_of_seen(v, &j->defects.list.v[i]);
	if (j->clean && j->indexed && i >= j->scan_to)
		return j->defects.list.v[i].own ? CONCERN_USED : CONCERN_NOBODY;
	return j->nothing_to_replay ? CONCERN_UNUSED : CONCERN_USED;
}

/* Somebody went on after a clean shutdown, and the superblock does not say so. */
static void which_counts(struct pass_ctx *c, struct finding *f)
{
	if (c->view->journal->trusted) {
		finding_fix(f, "Believe the superblock: journal entries of after the shutdown are destroyed, and sets of keys of that time do not count.");
		finding_reason(f, "`set clean trust` was said");
		return;
	}
	finding_fix(f, "Go by the journal: what it says is written anew, and the filesystem counts as not shut down.");
	finding_reason(f, "what was changed after the shutdown is in the journal and in nodes; a plain mount of a kernel would pass over the journal and go on "
		       "from the older state, part of which is overwritten (`set clean trust` does so here)");
}

static void mend(struct pass_ctx *c, struct finding *f)
{
	if (!strcmp(f->row->id, "clean_but_journal_not_empty"))
		which_counts(c, f);
	else
		finding_reason(f, "a kernel stumbles over it at every mount, and uses no more of it than arborist does");
	f->by_itself = plan_journal_anew(c->plan);	/* accepted before: once is enough */
	if (f->by_itself)
		return;
	f->repair = repair_new("write anew what can be understood of the journal");
	if (f->repair) {
		f->repair->pos = f->pos;
		f->repair->end = f->end;
		repair_super(f->repair, PLAN_SUPER_JOURNAL, 0);
	}
}

static enum arb_code report(struct pass_ctx *c, const struct defect *d, enum concern concern)
{
	const char *id = id_of(d);
	struct finding *f;
	bool fixed;

	if (!id || concern == CONCERN_NOBODY) {
		if (c->port->log && d->text)
			c->port->log(c->port->arg, d->text);
		return ARB_OK;
	}
	f = finding_new(id, "journal.read");
	if (!f)
		return arb_fail(c->err, ARB_E_NOMEM, "out of memory for a finding");
	f->pos = f->end = BPOS(d->dev == DEV_NONE ? 0 : d->dev, d->sector, d->offset);	/* what tells it from others */
	f->no_place = true;
	finding_message(f, "%s", d->text ? d->text : f->row->title);
	if (concern == CONCERN_USED && finding_is_error(f))
		mend(c, f);
	else if (c->view->journal->nothing_to_replay && (d->err == NO_ENTRIES || d->err == NO_FLUSH_ENTRY))
		topo_lost_ask(c, f);
	else
		f->no_repair = true;
	return pass_decide(c, f, &fixed);
}

enum arb_code pass_report_journal(struct pass_ctx *c)
{
	const struct defects *d = &c->view->journal->defects;
	enum arb_code code = ARB_OK;

	if (c->run->journal_reported || c->scope.restricted)
		return ARB_OK;
	c->run->journal_reported = true;
	for (size_t i = 0; !code && i < d->list.nr; i++)
		code = report(c, &d->list.v[i], concern_of(c->view, i));
	return code;
}
