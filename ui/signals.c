/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signals: see signals.h. ^C reaches the engine from within the handler (session_interrupt() allows that), so that a
 * pass can be stopped even while the screen is busy. A crash gives the terminal back and then dies of its signal.
 */
#include <config.h>
#include "crash.h"
#include "signals.h"
#include "arborist/session/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static const int queued[] = { SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT };
#define NR(a) (sizeof(a) / sizeof((a)[0]))

static struct {
	int		pipe[2];
	struct session	*session;
	volatile sig_atomic_t reach;
	struct sigaction old_queued[NR(queued)], old_pipe;
} S = { .pipe = { -1, -1 } };

static void on_signal(int sig)
{
	int saved = errno;
	char c = (char)sig;

	if (sig == SIGINT && S.session && S.reach)
		session_interrupt(S.session);
	if (write(S.pipe[1], &c, 1) < 0)
		errno = saved;	/* full: the loop is woken anyway */
	errno = saved;
}

static void take(int sig, void (*fn)(int), struct sigaction *old, int flags)
{
	struct sigaction sa = { .sa_handler = fn, .sa_flags = flags };

	sigfillset(&sa.sa_mask);
	sigaction(sig, &sa, old);
}

bool signals_start(struct session *s)
{
	if (pipe2(S.pipe, O_CLOEXEC | O_NONBLOCK))
		return false;
	S.session = s;
	for (size_t i = 0; i < NR(queued); i++)
		take(queued[i], on_signal, &S.old_queued[i], SA_RESTART);
	crash_watch(s);
	take(SIGPIPE, SIG_IGN, &S.old_pipe, 0);
	return true;
}

void signals_stop(void)
{
	if (S.pipe[0] < 0)
		return;
	for (size_t i = 0; i < NR(queued); i++)
		sigaction(queued[i], &S.old_queued[i], NULL);
	sigaction(SIGPIPE, &S.old_pipe, NULL);
	close(S.pipe[0]);
	close(S.pipe[1]);
	S.pipe[0] = S.pipe[1] = -1;
	S.session = NULL;
}

int signals_fd(void)
{
	return S.pipe[0];
}

void signals_reach_engine(bool yes)
{
	S.reach = yes;
}

int signals_next(void)
{
	char c;

	return read(S.pipe[0], &c, 1) == 1 ? c : 0;
}

void signals_suspend(void)
{
	struct sigaction mine;

	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	take(SIGTSTP, on_signal, &mine, SA_RESTART);
}
