/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "child.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif
#define ADDRESSES_MAX	((rlim_t)8 << 30)	/* sanitizers reserve more than there is */
#define FILE_BYTES_MAX	((rlim_t)4 << 30)
#define MEMORY_KIB_MAX	(SANITIZED ? 2 << 20 : 512 << 10)	/* images of tests are small */

void child_arg(struct child *c, const char *arg)
{
	if (c->argc < CHILD_ARGS_MAX - 1)
		c->argv[c->argc++] = arg;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Lower limits that are there stay. */
static void limit(int what, rlim_t n)
{
	struct rlimit r;

	if (getrlimit(what, &r))
		_exit(127);
	if (r.rlim_max == RLIM_INFINITY || r.rlim_max > n)
		r.rlim_max = n;
	if (r.rlim_cur == RLIM_INFINITY || r.rlim_cur > r.rlim_max)
		r.rlim_cur = r.rlim_max;
	if (setrlimit(what, &r))
		_exit(127);
}

static void become(struct child *c, const char *stderr_path)
{
	int null = open("/dev/null", O_RDWR), err = open(stderr_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, FILE_BYTES_MAX);
	if (!SANITIZED)
		limit(RLIMIT_AS, ADDRESSES_MAX);
	if (null < 0 || err < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(err, 2) < 0)
		_exit(127);
	execv(c->argv[0], (char *const *)c->argv);
	_exit(127);
}

static void read_errors(struct child *c, const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, c->errors, sizeof(c->errors) - 1);

	c->errors[n > 0 ? n : 0] = 0;
	if (fd >= 0)
		close(fd);
}

/* Waits in small steps: a run takes some ten milliseconds. */
static int wait_for(struct child *c, pid_t pid, double start, unsigned timeout_seconds)
{
	const struct timespec step = { 0, 2000000 };
	struct rusage used = { 0 };
	int status = 0;

	while (!wait4(pid, &status, WNOHANG, &used)) {
		nanosleep(&step, NULL);
		if (now() - start < timeout_seconds)
			continue;
		c->timeout = true;
		kill(pid, SIGKILL);
		wait4(pid, &status, 0, &used);
		break;
	}
	c->memory_kib = used.ru_maxrss;
	return status;
}

bool child_run(struct child *c, const char *stderr_path, unsigned timeout_seconds)
{
	double start = now();
	pid_t pid;
	int status;

	c->argv[c->argc] = NULL;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return false;
	if (!pid)
		become(c, stderr_path);
	status = wait_for(c, pid, start, timeout_seconds);
	c->seconds = now() - start;
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	c->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	read_errors(c, stderr_path);
	return c->status != 127;
}

const char *child_wrong(const struct child *c)
{
	static const char *const reports[] = { "AddressSanitizer", "LeakSanitizer", "runtime error:", "ThreadSanitizer" };

	if (c->timeout)
		return "did not end";
	if (c->signal)
		return "ended by a signal";
	if (c->memory_kib > MEMORY_KIB_MAX)
		return "took too much memory";
	for (unsigned i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
		if (strstr(c->errors, reports[i]))
			return "a sanitizer reports";
	if (c->status & ~(1 | 4 | 8 | 16 | 32))
		return "undocumented exit status";
	if (c->status & (8 | 16) && !c->errors[0])
		return "no line that says why";
	return NULL;
}

unsigned child_error_lines(const struct child *c)
{
	unsigned n = 0;

	for (const char *s = c->errors; (s = strchr(s, '\n')); s++)
		n++;
	return n;
}
