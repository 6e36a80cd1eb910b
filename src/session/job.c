/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs: what front ends ask of the engine. They run one after another on the engine thread; those that only look
 * also run between two nodes of a pass and while a question waits.
 */
#include <config.h>
#include "internal.h"

#define JOB_DEPTH_MAX 2		/* a browse job inside a running one */

uint64_t session_post(struct session *s, job_fn *fn, void *arg, void (*free_arg)(void *), unsigned flags)
{
	struct job *j = calloc(1, sizeof(*j));
	struct session_message *done = message_new(SESSION_JOB_DONE);
	uint64_t id;

	if (!j || !done) {
		free(j);
		session_message_free(done);
		if (free_arg)
			free_arg(arg);
		return 0;
	}
	*j = (struct job){ .fn = fn, .arg = arg, .free_arg = free_arg, .flags = flags, .done = done };
	pthread_mutex_lock(&s->lock);
	id = j->id = ++s->next_id;
	*s->jobs_tail = j;
	s->jobs_tail = &j->next;
	atomic_fetch_add(&s->outstanding, 1);
	pthread_mutex_unlock(&s->lock);
	fd_wake(s->wake_fd);
	return id;
}

struct job *job_take(struct session *s, bool browse_only)
{
	struct job **p, *j = NULL;

	pthread_mutex_lock(&s->lock);
	for (p = &s->jobs; *p && !j; )
		if (!browse_only || ((*p)->flags & JOB_BROWSE)) {
			j = *p;
			*p = j->next;
			if (s->jobs_tail == &j->next)
				s->jobs_tail = p;
		} else {
			p = &(*p)->next;
		}
	pthread_mutex_unlock(&s->lock);
	return j;
}

void job_free(struct job *j)
{
	if (j->free_arg)
		j->free_arg(j->arg);
	session_message_free(j->done);
	free(j);
}

static void job_done(struct session *s, struct job *j, enum arb_code code, const struct arb_error *err)
{
	struct session_message *m = j->done;

	j->done = NULL;
	m->id = j->id;
	m->code = code;
	if (code)
		m->text = strdup(err->text[0] ? err->text : arb_code_name(code));
	message_put(s, m);
}

void job_run(struct session *s, struct job *j)
{
	struct arb_error err = { 0 };
	struct job *outer = s->current;
	enum arb_code code;

	s->current = j;
	s->depth++;
	if (!(j->flags & JOB_BROWSE))
		s->busy = true;
	if (!s->view)
		code = arb_fail(&err, ARB_E_OPEN, "the filesystem is not open");
	else if (atomic_load(&s->interrupted) && s->depth == 1)
		code = arb_fail(&err, ARB_E_CANCELLED, "cancelled");
	else if (atomic_load(&s->stopped) && s->depth == 1 && !(j->flags & (JOB_BROWSE | JOB_STOPPED)))
		code = arb_fail(&err, ARB_E_REFUSED, "a pass is stopped: continue it, or stop it, first");
	else
		code = j->fn(s, j, j->arg, &err);
	s->depth--;
	s->current = outer;
	if (!s->depth)
		s->busy = false;
	atomic_fetch_sub(&s->outstanding, 1);
	if (!s->depth && !atomic_load(&s->ending))
		atomic_store(&s->interrupted, false);
	state_publish(s, !s->depth);
	job_done(s, j, code, &err);
	job_free(j);
}

void jobs_serve_browsing(struct session *s)
{
	struct job *j;

	while (s->depth < JOB_DEPTH_MAX && !session_cancelled(s) && (j = job_take(s, true)))
		job_run(s, j);
}

void session_interrupt(struct session *s)
{
	if (!atomic_load(&s->outstanding) && !atomic_load(&s->stopped))
		return;
	atomic_store(&s->interrupted, true);
	fd_wake(s->wake_fd);
}

unsigned session_job_depth(struct session *s)
{
	return s->depth;
}

bool session_in_a_pass(struct session *s)
{
	return s->passes && !s->rechecking && pass_run_active(s->passes);
}

bool session_cancelled(struct session *s)
{
	return atomic_load(&s->interrupted) || atomic_load(&s->ending);
}
