/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was wrong with the journal when it was read, as findings. Nothing of it is repaired here. */
#include "run.h"

#include "arborist/format/fsck_err.h"

static const char *id_of(const struct defect *d)
{
	const char *id = d->own ? d->own : fsck_err_name(d->err);

	return id && finding_row(id) ? id : NULL;
}

static enum arb_code report(struct pass_ctx *c, const struct defect *d)
{
	const char *id = id_of(d);
	struct finding *f;
	bool fixed;

	if (!id) {
		if (c->port->log && d->text)
			c->port->log(c->port->arg, d->text);
		return ARB_OK;
	}
	f = finding_new(id, "journal.read");
	if (!f)
		return arb_fail(c->err, ARB_E_NOMEM, "out of memory for a finding");
	f->pos = f->end = BPOS(d->dev == DEV_NONE ? 0 : d->dev, d->sector, d->offset);	/* what tells it from others */
	f->no_place = true;
	f->no_repair = true;
	finding_message(f, "%s", d->text ? d->text : f->row->title);
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
		code = report(c, &d->list.v[i]);
	return code;
}
