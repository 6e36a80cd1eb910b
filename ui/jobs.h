/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs whose result comes back to the screen: @run fills @data on the engine thread, @done gets it on the screen's thread
 * after SESSION_JOB_DONE. Whoever is last, engine or screen, frees the data, so that either may go first.
 */
#ifndef ARBORIST_UI_JOBS_H
#define ARBORIST_UI_JOBS_H

#include "arborist/session/session.h"

struct app;
typedef void job_done_fn(struct app *a, void *data, enum arb_code code, const char *error);

struct ui_job;
struct jobs {
	ARB_ARRAY(struct ui_job *) list;
};

/* Takes @data over; false (and @data freed) when out of memory. */
bool jobs_post(struct app *a, job_fn *run, void *data, void (*free_data)(void *), job_done_fn *done, unsigned flags);
/* The same for what a person waits for: keys typed ahead are for what it shows. */
bool jobs_await(struct app *a, job_fn *run, void *data, void (*free_data)(void *), job_done_fn *done, unsigned flags);
bool jobs_awaited(const struct app *a);
/* True when @m ended one of them. */
bool jobs_message(struct app *a, const struct session_message *m);
void jobs_free(struct app *a);

#endif
