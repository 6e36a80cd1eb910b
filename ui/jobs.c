/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs with a result: see jobs.h. */
#include <config.h>
#include "app.h"

#include <stdatomic.h>
#include <stdlib.h>

struct ui_job {
	uint64_t	id;
	job_fn		*run;
	void		*data;
	void		(*free_data)(void *);
	job_done_fn	*done;
	bool		awaited;
	atomic_int	holders;	/* engine and screen */
};

static void drop(void *arg)
{
	struct ui_job *j = arg;

	if (atomic_fetch_sub(&j->holders, 1) > 1)
		return;
	if (j->free_data)
		j->free_data(j->data);
	free(j);
}

static enum arb_code run(struct session *s, struct job *job, void *arg, struct arb_error *err)
{
	struct ui_job *j = arg;

	return j->run(s, job, j->data, err);
}

bool jobs_post(struct app *a, job_fn *fn, void *data, void (*free_data)(void *), job_done_fn *done, unsigned flags)
{
	struct ui_job *j = calloc(1, sizeof(*j)), **slot = j ? arb_array_push(&a->jobs.list) : NULL;

	if (!slot) {
		free(j);
		if (free_data)
			free_data(data);
		return false;
	}
	*j = (struct ui_job){ .run = fn, .data = data, .free_data = free_data, .done = done };
	atomic_store(&j->holders, 2);
	*slot = j;
	j->id = session_post(a->session, run, j, drop, flags);
	if (j->id)
		return true;
	a->jobs.list.nr--;
	drop(j);
	return false;
}

bool jobs_await(struct app *a, job_fn *fn, void *data, void (*free_data)(void *), job_done_fn *done, unsigned flags)
{
	if (!jobs_post(a, fn, data, free_data, done, flags))
		return false;
	a->jobs.list.v[a->jobs.list.nr - 1]->awaited = true;
	return true;
}

bool jobs_awaited(const struct app *a)
{
	for (size_t i = 0; i < a->jobs.list.nr; i++)
		if (a->jobs.list.v[i]->awaited)
			return true;
	return false;
}

bool jobs_message(struct app *a, const struct session_message *m)
{
	if (m->kind != SESSION_JOB_DONE)
		return false;
	for (size_t i = 0; i < a->jobs.list.nr; i++) {
		struct ui_job *j = a->jobs.list.v[i];

		if (j->id != m->id)
			continue;
		a->jobs.list.v[i] = a->jobs.list.v[--a->jobs.list.nr];
		j->done(a, j->data, m->code, m->text ? m->text : arb_code_name(m->code));
		drop(j);
		return true;
	}
	return false;
}

void jobs_free(struct app *a)
{
	for (size_t i = 0; i < a->jobs.list.nr; i++)
		drop(a->jobs.list.v[i]);
	arb_array_free(&a->jobs.list);
}
