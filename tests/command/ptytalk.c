/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ptytalk SCRIPT COMMAND [ARG]...: runs the command on a terminal of its own (80x24) and talks to it by the script:
 *   expect TEXT     waits until the output since the last expect holds TEXT (60 s)
 *   send TEXT       types TEXT and Enter
 *   type TEXT       types TEXT and no Enter
 *   intr            types ^C
 *   eof             types ^D
 *   hangup          takes the terminal away
 *   signal N        sends it the signal of that number
 *   sane            the terminal has to be as it was in the beginning (echo, whole lines)
 *   exit N          the command must end with status N, or by signal N - 128 (60 s)
 * Exit status 1, with what was seen, when something does not come.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 60

static int terminal = -1;
static pid_t child;
static char seen[1 << 20];
static size_t nr_seen, looked;

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int give_up(const char *what, const char *arg)
{
	fprintf(stderr, "ptytalk: %s %s\n---- seen:\n%.*s\n----\n", what, arg, (int)nr_seen, seen);
	kill(child, SIGKILL);
	return 1;
}

/* False: the terminal is closed on the other side, or nothing came for a while. */
static bool take(int ms)
{
	struct pollfd p = { .fd = terminal, .events = POLLIN };
	ssize_t n;

	if (terminal < 0 || poll(&p, 1, ms) <= 0)
		return false;
	if (nr_seen == sizeof(seen) - 1)
		return false;
	n = read(terminal, seen + nr_seen, sizeof(seen) - 1 - nr_seen);
	if (n <= 0)
		return false;
	for (ssize_t i = 0; i < n; i++)		/* NULs would hide the rest from strstr() */
		if (!seen[nr_seen + i])
			seen[nr_seen + i] = '?';
	nr_seen += (size_t)n;
	seen[nr_seen] = '\0';
	return true;
}

static bool expect(const char *text)
{
	time_t end = now() + WAIT_S;
	char *p;

	while (!(p = strstr(seen + looked, text))) {
		if (now() > end)
			return false;
		if (!take(1000) && waitpid(child, NULL, WNOHANG | WNOWAIT) == child && !take(100))
			return (p = strstr(seen + looked, text));
	}
	looked = (size_t)(p - seen) + strlen(text);
	return true;
}

static void type(const char *text)
{
	ssize_t n = write(terminal, text, strlen(text));

	if (n != (ssize_t)strlen(text))
		fprintf(stderr, "ptytalk: could not type %s\n", text);
}

static bool ended(int want)
{
	time_t end = now() + WAIT_S;
	int status;

	while (waitpid(child, &status, WNOHANG) != child) {
		if (now() > end)
			return false;
		if (!take(100))
			usleep(10000);
	}
	while (take(50))
		;
	if (WIFEXITED(status) ? WEXITSTATUS(status) == want : WTERMSIG(status) + 128 == want)
		return true;
	fprintf(stderr, "ptytalk: it ended with %s %d, not %d\n", WIFEXITED(status) ? "status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), want);
	return false;
}

static bool sane(void)
{
	struct termios t;

	return !tcgetattr(terminal, &t) && (t.c_lflag & ECHO) && (t.c_lflag & ICANON) && (t.c_oflag & ONLCR);
}

static int talk(FILE *script)
{
	char line[1024], text[1024];

	while (fgets(line, sizeof(line), script)) {
		char *arg;

		line[strcspn(line, "\n")] = '\0';
		arg = line + strcspn(line, " ");
		if (*arg)
			*arg++ = '\0';
		if (!strcmp(line, "expect") && !expect(arg))
			return give_up("did not come:", arg);
		if (!strcmp(line, "send")) {
			snprintf(text, sizeof(text), "%s\r", arg);
			type(text);
		}
		if (!strcmp(line, "type")) {
			type(arg);
			usleep(300000);
		}
		if (!strcmp(line, "intr"))
			type("\003");
		if (!strcmp(line, "eof"))
			type("\004");
		if (!strcmp(line, "hangup")) {
			close(terminal);
			terminal = -1;
		}
		if (!strcmp(line, "signal"))
			kill(child, (int)strtol(arg, NULL, 10));
		if (!strcmp(line, "sane") && !sane())
			return give_up("the terminal was not given back", "");
		if (!strcmp(line, "exit") && !ended((int)strtol(arg, NULL, 10)))
			return give_up("not the end that was expected:", arg);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	FILE *script;
	int r;

	if (argc < 3 || !(script = fopen(argv[1], "re"))) {
		fprintf(stderr, "ptytalk SCRIPT COMMAND [ARG]...\n");
		return 99;
	}
	child = forkpty(&terminal, NULL, NULL, &size);
	if (child < 0)
		return 77;
	if (!child) {
		/* A runner in the background (nohup, a shell's &) hands down signals that are ignored */
		for (int sig = 1; sig < NSIG; sig++)
			signal(sig, SIG_DFL);
		setenv("TERM", getenv("PTYTALK_TERM") ? getenv("PTYTALK_TERM") : "dumb", 1);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	r = talk(script);
	fclose(script);
	return r;
}
