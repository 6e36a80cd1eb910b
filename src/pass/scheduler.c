/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scheduler: runs what was asked for, in the order of the registry (repair-semantics.md 4.2, 4.3).
 *
 * A pass may ask for an earlier one while it runs; the scheduler then goes back there and comes again, also when the
 * pass that asked ended without an error. Each pass is gone back to at most PASS_REWINDS_MAX times in one run, so a run ends.
 */
#include "arborist/base/i18n.h"
#include "arborist/pass/pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "upgrade.h"

enum arb_code pass_run_new(struct view *v, struct plan *p, const struct arb_clock *clock, struct pass_run **ret, struct arb_error *err)
{
	struct pass_run *r = calloc(1, sizeof(*r));

	if (!r)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for the passes");
	r->view = v;
	r->plan = p;
	r->clock = *clock;
	r->current = r->rewind_to = passes_nr;
	for (size_t i = 0; i < passes_nr; i++)
		r->status[i].pass = passes[i];
	*ret = r;
	return ARB_OK;
}

void pass_run_free(struct pass_run *r)
{
	if (!r)
		return;
	arb_array_free(&r->memo);
	cookie_set_free(&r->memo_hash);
	arb_array_free(&r->expected);
	scan_free(r->scan);
	arb_array_free(&r->older_inodes);
	cookie_set_free(&r->given_up);
	counters_free(&r->counters);
	free(r);
}

enum arb_code pass_run_scan_mark(struct pass_run *r, struct view *v, struct arb_error *err)
{
	return r && r->scan ? scan_mark_in_tree(r->scan, v, err) : ARB_OK;
}

const struct scan *pass_run_scan(const struct pass_run *r)
{
	return r->scan;
}

const struct pass_status *pass_run_status(const struct pass_run *r, size_t i)
{
	return &r->status[i];
}

static void request_needs(struct pass_run *r, const struct pass *p)
{
	char why[sizeof(r->status[0].why)];

	snprintf(why, sizeof(why), _("%s needs it"), p->name);
	for (size_t i = 0; i < sizeof(p->needs) / sizeof(p->needs[0]) && p->needs[i]; i++)
		pass_run_request(r, pass_by_name(p->needs[i]), why);
}

void pass_run_request(struct pass_run *r, const struct pass *p, const char *why)
{
	size_t i = pass_index(p);

	if (i == passes_nr || r->requested[i])
		return;
	r->requested[i] = true;
	snprintf(r->status[i].why, sizeof(r->status[i].why), "%s", tr(why));
	request_needs(r, p);
}

bool pass_run_active(const struct pass_run *r)
{
	return r->current != passes_nr;
}

bool pass_run_queue(struct pass_run *r, const struct pass *p, const char *why)
{
	size_t i = pass_index(p);

	if (i == passes_nr || r->requested[i] || i <= r->current)
		return false;
	pass_run_request(r, p, why);
	r->whole[i] = true;
	return true;
}

bool pass_run_can_rewind(const struct pass_run *r, const struct pass *p)
{
	size_t i = pass_index(p);

	return i < passes_nr && r->rewinds[i] < PASS_REWINDS_MAX;
}

bool pass_run_rewind(struct pass_run *r, const struct pass *p, const char *why)
{
	size_t i = pass_index(p);

	if (!pass_run_can_rewind(r, p))
		return false;
	r->rewinds[i]++;
	r->requested[i] = false;		/* a new reason takes the place of the old one */
	pass_run_request(r, p, why);
	if (i <= r->current && i < r->rewind_to)
		r->rewind_to = i;
	return true;
}

static void request_by_id(struct pass_run *r, unsigned id, const struct pass_port *port)
{
	const struct recovery_pass_info *info = recovery_pass_by_id(id);
	char line[200];

	for (size_t i = 0; i < passes_nr; i++)
		if (passes[i]->id == (int)id) {
			pass_run_request(r, passes[i], "required by the superblock");
			return;
		}
	snprintf(line, sizeof(line), _("the superblock requires pass %s (%u), which arborist does not have: the next mount runs it"),
		 info ? info->name : "unknown", id);
	if (port->log)
		port->log(port->arg, line);
}

void pass_run_request_required(struct pass_run *r, const struct pass_port *port)
{
	const struct pass *topology = pass_by_name("check_topology");
	const struct sb *sb = r->view->devs->best;
	uint64_t required = sb_required_passes(sb);

	for (unsigned id = 0; id < 64; id++)
		if (required >> id & 1)
			request_by_id(r, id, port);
	if (sb_flag_get(sb, "HAS_TOPOLOGY_ERRORS"))
		pass_run_request(r, topology, "the superblock says there are topology errors");
	for (unsigned b = 0; b < BTREE_ID_NR_MAX; b++)
		if (r->view->roots[b].lost)
			pass_run_request(r, topology, "a btree has lost its root");
}

static enum pass_state state_of(enum arb_code code, uint64_t findings)
{
	if (code == ARB_E_RESTART)
		return PASS_NOT_RUN;	/* nothing came out of it; it will run again */
	if (arb_code_matches(code, ARB_E_FLOW))
		return PASS_STOPPED;
	if (code)
		return PASS_FAILED;
	return findings ? PASS_FINDINGS : PASS_CLEAN;
}

static enum arb_code call_pass(const struct pass *p, struct pass_ctx *c)
{
	if (c->view->geo.encrypted)
		return arb_fail(c->err, ARB_E_ENCRYPTED, "the filesystem is encrypted and locked: its btrees cannot be read");
	return p->run(c);
}

static enum arb_code run_one(struct pass_run *r, size_t i, const struct pass_scope *scope, const struct pass_port *port,
			     struct arb_error *err)
{
	struct pass_status *s = &r->status[i];
	struct pass_ctx c = {
		.view = r->view, .plan = r->plan, .port = port, .run = r, .err = err,
		.progress.pass = passes[i]->name,
	};
	uint64_t began = r->clock.mono_ns(r->clock.arg);
	enum arb_code code;

	if (scope && !r->whole[i])
		c.scope = *scope;
	r->current = i;
	s->state = PASS_RUNNING;
	code = port->begin ? port->begin(port->arg, passes[i]) : ARB_OK;
	if (!code)
		r->expected.nr = 0;
	code = code ? code : call_pass(passes[i], &c);
	code = code ? code : upgrade_report(&c);
	r->current = passes_nr;
	s->findings += c.findings;
	s->fixed += c.fixed;
	s->left += c.left;
	s->needs_scan |= c.needs_scan;
	s->runs++;
	s->ns_last = r->clock.mono_ns(r->clock.arg) - began;
	s->ns_total += s->ns_last;
	s->state = state_of(code, s->findings);
	return code;
}

/* Counts are those of one call of pass_run_all(), over all repetitions in it. */
static void begin(struct pass_run *r)
{
	r->memo.nr = 0;
	cookie_set_free(&r->memo_hash);
	r->roots_asked = r->roots_given_up = 0;
	r->journal_reported = r->superblocks_reported = false;
	r->rewind_to = passes_nr;
	memset(r->rewinds, 0, sizeof(r->rewinds));
	for (size_t i = 0; i < passes_nr; i++) {
		struct pass_status *s = &r->status[i];

		if (r->requested[i])
			s->findings = s->fixed = s->left = 0;
	}
}

static void log_rewind(const struct pass_port *port, const struct pass *from, const struct pass_status *to)
{
	char line[300];

	snprintf(line, sizeof(line), _("%s asks for %s: %s"), from->name, to->pass->name, to->why);
	if (port->log)
		port->log(port->arg, line);
}

enum arb_code pass_run_all(struct pass_run *r, const struct pass_scope *scope, const struct pass_port *port, struct arb_error *err)
{
	enum arb_code code;
	size_t i = 0;

	begin(r);
	while (i < passes_nr) {
		if (!r->requested[i]) {
			i++;
			continue;
		}
		code = run_one(r, i, scope, port, err);
		if (code && code != ARB_E_RESTART)
			return code;
		if (r->rewind_to <= i) {
			log_rewind(port, passes[i], &r->status[r->rewind_to]);
			request_needs(r, passes[i]);
			i = r->rewind_to;	/* this pass stays requested: it runs again */
			r->rewind_to = passes_nr;
			continue;
		}
		r->requested[i] = r->whole[i] = false;
		r->status[i].why[0] = 0;
		i++;
	}
	return ARB_OK;
}
