/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the screen costs while passes run: the program with its screen on a terminal, and the same commands without one. Processor
 * time, between few runs of the passes and many, so that starting and ending do not count.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define FEW	2
#define MANY	22
#define PAIRS	9

static void write_script(struct bench *b, char *path, size_t n, unsigned runs)
{
	FILE *f;

	snprintf(path, n, "%s.script", b->path);
	f = fopen(path, "w");
	for (unsigned i = 0; f && i < runs; i++)
		fputs("run check_topology check_allocations\n", f);
	if (!f || fputs("quit\n", f) < 0 || fclose(f))
		bench_need(b, arb_fail(&b->err, ARB_E_CONTENT, "cannot write a script"));
}

/* Takes in what the screen shows until the program ends; says what to do when it has come up. */
static void talk(int terminal, const char *script)
{
	struct pollfd p = { .fd = terminal, .events = POLLIN };
	char buf[65536], command[4300];
	size_t kept = 0;		/* what may be the beginning of the word */
	bool told = false;
	ssize_t n;

	snprintf(command, sizeof(command), ":source %s\r", script);
	while (poll(&p, 1, 60000) > 0 && ((n = read(terminal, buf + kept, sizeof(buf) - 1 - kept)) > 0 || (n < 0 && errno == EINTR))) {
		size_t len = kept + (n > 0 ? n : 0);

		buf[len] = 0;
		if (!told && strstr(buf, "extents"))
			told = write(terminal, command, strlen(command)) > 0;
		kept = len < 8 ? len : 8;
		memmove(buf, buf + len - kept, kept);
	}
}

static double cpu_of(struct bench *b, unsigned runs, bool screen)
{
	char script[4200], transcript[4200];
	struct winsize size = { .ws_row = 40, .ws_col = 120 };
	struct rusage r = { 0 };
	int terminal, status = -1;
	pid_t pid;

	write_script(b, script, sizeof(script), runs);
	snprintf(transcript, sizeof(transcript), "%s.transcript", b->path);
	pid = forkpty(&terminal, NULL, NULL, &size);
	if (!pid) {
		setenv("TERM", "xterm", 1);
		if (screen)
			execl("./arborist", "arborist", "--no-config", "--transcript", transcript, b->path, (char *)NULL);
		else
			execl("./arborist", "arborist", "--no-config", "--transcript", transcript, "-f", script, b->path, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		talk(terminal, script);
	close(terminal);
	unlink(script);
	unlink(transcript);
	if (pid < 0 || wait4(pid, &status, 0, &r) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		bench_need(b, arb_fail(&b->err, ARB_E_CONTENT, "the program has not ended well (status %d)", status));
	return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

double bench_panel(struct bench *b)
{
	double more[PAIRS];

	for (unsigned i = 0; i < PAIRS; i++) {
		double with = cpu_of(b, MANY, true) - cpu_of(b, FEW, true), without = cpu_of(b, MANY, false) - cpu_of(b, FEW, false);

		more[i] = without > 0 ? with / without - 1 : 0;
	}
	return 100 * bench_median(more, PAIRS);
}
