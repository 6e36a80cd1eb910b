/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See crash.h. Nothing here but write() and what was prepared before; a stack that ran over has another one. */
#include <config.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include "arborist/session/session.h"
#include "crash.h"
#include "term.h"

static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

static _Atomic(struct session *) watched;

static void put(const char *text)
{
	size_t n = strlen(text);

	while (n) {
		ssize_t w = write(STDERR_FILENO, text, n);

		if (w <= 0)
			return;
		text += w;
		n -= (size_t)w;
	}
}

static void put_number(int n)
{
	char text[12], *p = text + sizeof(text) - 1;

	*p = '\0';
	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) && p > text);
	put(p);
}

static void last_words(int sig)
{
	struct session *s = atomic_load(&watched);
	const char *transcript = s ? session_transcript_path(s) : NULL, *undo = s ? session_undo_written(s) : NULL;

	put("\narborist: this is a crash (signal ");
	put_number(sig);
	put("), a mistake of the program\n");
	if (transcript)
		put("arborist: transcript: "), put(transcript), put("\n");
	if (undo)
		put("arborist: undo file of the last commit: "), put(undo), put("\n");
	else
		put("arborist: no commit was begun: nothing has been written to a device\n");
}

static void on_crash(int sig)
{
	term_emergency();
	last_words(sig);
	signal(sig, SIG_DFL);
	raise(sig);
}

void crash_watch(struct session *s)
{
	struct sigaction a = { .sa_handler = on_crash, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK) };

	atomic_store(&watched, s);
	arb_crash_stack();
	sigfillset(&a.sa_mask);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &a, NULL);
}

void crash_forget(void)
{
	atomic_store(&watched, NULL);
}
