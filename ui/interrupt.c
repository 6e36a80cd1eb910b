/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nearly nothing is safe inside a signal: set a flag, wake the engine. */
#include <config.h>
#include <signal.h>
#include <stdatomic.h>
#include "crash.h"
#include "interrupt.h"

static volatile sig_atomic_t pending;
static _Atomic(struct session *) target;

static void handler(int sig)
{
	struct session *s = atomic_load(&target);

	if (pending != SIGTERM && pending != SIGHUP)
		pending = sig;
	if (s)
		session_interrupt(s);
}

void interrupt_install(struct session *s)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction a = { .sa_handler = handler };	/* no SA_RESTART: a read for an answer must end */

	atomic_store(&target, s);
	sigemptyset(&a.sa_mask);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction old;

		/* nohup stays in force */
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &a, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	crash_watch(s);
}

void interrupt_forget(void)
{
	atomic_store(&target, NULL);
	crash_forget();
}

int interrupt_pending(void)
{
	return pending;
}

void interrupt_clear(void)
{
	if (pending == SIGINT)
		pending = 0;
}

void interrupt_hung_up(void)
{
	if (pending != SIGTERM)
		pending = SIGHUP;
}
