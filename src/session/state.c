/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sampled state: the engine publishes an immutable copy now and then, readers copy the latest inside an RCU read
 * section. A reader may miss any number of them.
 */
#include <config.h>
#include <urcu/urcu-memb.h>
#include <urcu/static/urcu-memb.h>
#include "arborist/base/tsan.h"
#include "internal.h"

#define PUBLISH_EVERY_NS	25000000ull
#define RATE_EVERY_NS		500000000ull

struct published {
	struct session_state st;
	struct rcu_head rcu;
};

static void published_free(struct rcu_head *h)
{
	struct published *p = (struct published *)((char *)h - offsetof(struct published, rcu));

	tsan_take(p);
	free(p);
}

/* Most frequent first. */
static void count_id(struct session_state *st, const char *id, uint64_t n)
{
	const unsigned max = sizeof(st->by_id) / sizeof(st->by_id[0]);
	unsigned i = max;

	while (i > 0 && st->by_id[i - 1].nr < n)
		i--;
	if (i == max)
		return;
	memmove(&st->by_id[i + 1], &st->by_id[i], (max - 1 - i) * sizeof(st->by_id[0]));
	st->by_id[i].id = id;
	st->by_id[i].nr = n;
}

static void count_ids(struct session *s, struct session_state *st)
{
	if (!s->shown_by_row)
		return;
	memset(s->shown_by_row, 0, finding_rows_nr * sizeof(*s->shown_by_row));
	for (size_t i = 0; i < s->findings.nr; i++)
		if (!s->findings.v[i].superseded && !s->findings.v[i].f->upkeep)
			s->shown_by_row[s->findings.v[i].f->row - finding_rows]++;
	for (size_t r = 0; r < finding_rows_nr; r++)
		if (s->shown_by_row[r])
			count_id(st, finding_rows[r].id, s->shown_by_row[r]);
}

static enum pass_state current_pass_state(struct session *s)
{
	for (size_t i = 0; s->passes && i < passes_nr; i++) {
		const struct pass_status *p = pass_run_status(s->passes, i);

		if (s->progress.pass && !strcmp(p->pass->name, s->progress.pass))
			return p->state;
	}
	return PASS_NOT_RUN;
}

/* Speed over the last half second, so that the estimate follows the disk and not the past. */
static void rates(struct session *s, uint64_t now)
{
	uint64_t ns = now - s->rate_ns;

	if (now < s->rate_ns + RATE_EVERY_NS)
		return;
	if (s->progress.nodes_done >= s->rate_nodes && s->progress.bytes_done >= s->rate_bytes) {
		s->nodes_per_s = (double)(s->progress.nodes_done - s->rate_nodes) * 1e9 / (double)ns;
		s->bytes_per_s = (double)(s->progress.bytes_done - s->rate_bytes) * 1e9 / (double)ns;
	}
	s->rate_ns = now;
	s->rate_nodes = s->progress.nodes_done;
	s->rate_bytes = s->progress.bytes_done;
}

void state_begin_pass(struct session *s)
{
	uint64_t now = s->o.clock.mono_ns(s->o.clock.arg);

	s->runs++;
	s->pass_started_ns = s->rate_ns = now;
	s->rate_nodes = s->rate_bytes = 0;
	s->nodes_per_s = s->bytes_per_s = 0;
	memset(&s->progress, 0, sizeof(s->progress));
}

static void state_fill(struct session *s, struct session_state *st, uint64_t now)
{
	struct finding_totals t = findings_totals(s);
	const struct pass_progress *p = &s->progress;

	st->open = s->view;
	st->stopped = s->stepping.stop.what;
	if (st->stopped)
		stop_notice(s, &st->stop);
	st->busy = s->busy || st->stopped;
	st->shows_disk = session_shows_disk(s);
	st->question_waits = s->waiting;
	st->read_only = s->view && s->view->devs->read_only;
	st->progress = *p;
	st->pass_state = current_pass_state(s);
	st->started_ns = s->pass_started_ns;
	st->now_ns = now;
	st->nodes_per_s = s->nodes_per_s;
	st->bytes_per_s = s->bytes_per_s;
	if (p->nodes_total > p->nodes_done && s->nodes_per_s > 0)
		st->eta_s = (uint64_t)((double)(p->nodes_total - p->nodes_done) / s->nodes_per_s) + 1;
	st->findings = t.found;
	st->fixed = t.planned + t.written;
	st->left = t.left + t.requested;
	st->requested = t.requested;
	st->of_mount = t.of_mount;
	st->mount_passes = s->view ? sb_required_passes(s->view->devs->best) : 0;
	st->written = t.written;
	st->exit_status = session_exit_status(s);
	count_ids(s, st);
	if (s->view && !s->o.cache_bytes)
		node_cache_set_limit(s->view->cache, session_setting(s, SETTING_CACHE) << 20);
	st->cache_bytes = s->view ? node_cache_bytes(s->view->cache) : 0;
	st->repairs = s->plan ? plan_nr(s->plan) : 0;
	st->runs = s->runs;
	st->plan_saved = s->written;
	st->look.what = s->look.what;
	st->look.nodes_done = s->look.nodes_done;
	st->look.nodes_total = s->look.nodes_total;
}

/* Counting very many findings takes a while, too: it may take a twentieth of the time. */
static uint64_t publish_every(const struct session *s)
{
	uint64_t spared = s->publish_cost_ns * 20;

	return spared > PUBLISH_EVERY_NS ? spared : PUBLISH_EVERY_NS;
}

void state_publish(struct session *s, bool at_once)
{
	uint64_t now = s->o.clock.mono_ns(s->o.clock.arg);
	struct published *p, *old;

	if (!at_once && now < s->last_publish_ns + publish_every(s))
		return;
	p = calloc(1, sizeof(*p));
	if (!p)
		return;
	s->last_publish_ns = now;
	rates(s, now);
	state_fill(s, &p->st, now);
	s->publish_cost_ns = s->o.clock.mono_ns(s->o.clock.arg) - now;
	tsan_give(p);
	old = rcu_xchg_pointer(&s->published, p);
	if (old)
		urcu_memb_call_rcu(&old->rcu, published_free);
}

void state_free(struct session *s)
{
	free(s->published);
	s->published = NULL;
}

static pthread_key_t reader_key;
static pthread_once_t reader_once = PTHREAD_ONCE_INIT;

static void reader_gone(void *arg)
{
	(void)arg;
	urcu_memb_unregister_thread();
}

static void reader_key_make(void)
{
	pthread_key_create(&reader_key, reader_gone);
}

/* Others of the house register the same thread in the same way. */
void state_reader_register(void)
{
	if (URCU_TLS(urcu_memb_reader).registered)
		return;
	pthread_once(&reader_once, reader_key_make);
	urcu_memb_register_thread();
	pthread_setspecific(reader_key, &reader_key);
}

void session_state(struct session *s, struct session_state *ret)
{
	struct published *p;

	state_reader_register();
	urcu_memb_read_lock();
	p = rcu_dereference(s->published);
	tsan_take(p);
	if (p)
		*ret = p->st;
	else
		memset(ret, 0, sizeof(*ret));
	tsan_give(p);
	urcu_memb_read_unlock();
}
