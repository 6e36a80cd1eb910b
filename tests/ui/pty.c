/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See pty.h: forkpty() and libvterm. */
#include <config.h>
#include "pty.h"
#include "arborist/base/buf.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>
#include <vterm.h>

struct pty {
	int		fd, slave;	/* the slave end stays open here, so that its state can be looked at */
	pid_t		pid;
	VTerm		*vt;
	VTermScreen	*screen;
	bool		second_screen;
	int		rows, cols;
	struct arb_buf	text, raw;
	size_t		bytes;
	bool		gone;
};

static void answer(const char *s, size_t n, void *arg)
{
	struct pty *p = arg;

	if (write(p->fd, s, n) < 0)
		p->gone = true;
}

static int property(VTermProp prop, VTermValue *v, void *arg)
{
	if (prop == VTERM_PROP_ALTSCREEN)
		((struct pty *)arg)->second_screen = v->boolean;
	return 1;
}

static void child(const char *const *argv, const char *const *env, int slave)
{
	login_tty(slave);
	/* A runner in the background (nohup, a shell's &) hands down signals that are ignored */
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	for (; *env; env++)
		putenv((char *)*env);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

struct pty *pty_start(const char *const *argv, const char *const *env, int rows, int cols)
{
	static const VTermScreenCallbacks callbacks = { .settermprop = property };
	struct winsize ws = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };
	struct pty *p = calloc(1, sizeof(*p));

	p->rows = rows;
	p->cols = cols;
	if (openpty(&p->fd, &p->slave, NULL, NULL, &ws)) {
		free(p);
		return NULL;
	}
	p->pid = fork();
	if (!p->pid) {
		close(p->fd);
		child(argv, env, p->slave);
	}
	p->vt = vterm_new(rows, cols);
	vterm_set_utf8(p->vt, 1);
	vterm_output_set_callback(p->vt, answer, p);
	p->screen = vterm_obtain_screen(p->vt);
	vterm_screen_set_callbacks(p->screen, &callbacks, p);
	vterm_screen_enable_altscreen(p->screen, 1);
	vterm_screen_reset(p->screen, 1);
	return p;
}

void pty_free(struct pty *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	pty_hang_up(p);
	vterm_free(p->vt);
	arb_buf_free(&p->text);
	arb_buf_free(&p->raw);
	free(p);
}

void pty_hang_up(struct pty *p)
{
	if (p->fd >= 0)
		close(p->fd);
	if (p->slave >= 0)
		close(p->slave);
	p->fd = p->slave = -1;
	p->gone = true;
}

void pty_keys(struct pty *p, const char *bytes)
{
	answer(bytes, strlen(bytes), p);
}

static int now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int)(t.tv_sec % 1000000) * 1000 + (int)(t.tv_nsec / 1000000);
}

/* False when nothing came within @ms. */
static bool pump(struct pty *p, int ms)
{
	struct pollfd fd = { .fd = p->fd, .events = POLLIN };
	char buf[4096];
	ssize_t n;

	if (p->gone || poll(&fd, 1, ms) <= 0)
		return false;
	n = read(p->fd, buf, sizeof(buf));
	if (n <= 0)
		return false;
	p->bytes += (size_t)n;
	arb_buf_mem(&p->raw, buf, (size_t)n);
	vterm_input_write(p->vt, buf, (size_t)n);
	return true;
}

void pty_settle(struct pty *p, int ms)
{
	int end = now_ms() + ms;

	while (now_ms() < end)
		pump(p, end - now_ms() > 0 ? end - now_ms() : 0);
}

bool pty_quiet(struct pty *p, int ms)
{
	int give_up = now_ms() + 60000, quiet_since = now_ms();

	while (now_ms() - quiet_since < ms) {
		if (pump(p, ms - (now_ms() - quiet_since)))
			quiet_since = now_ms();
		if (p->gone || now_ms() >= give_up)
			return false;
	}
	return true;
}

static bool has_ended(const struct pty *p)
{
	siginfo_t info = { .si_pid = 0 };

	return p->pid <= 0 || (!waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid);
}

static void put_point(struct arb_buf *b, uint32_t ch)
{
	if (!ch || ch == (uint32_t)-1)
		arb_buf_putc(b, ' ');
	else if (ch < 0x80)
		arb_buf_putc(b, (char)ch);
	else
		arb_buf_putc(b, ch >= 0x2500 && ch < 0x2580 ? '#' : '?');	/* lines, and what is not looked for */
}

const char *pty_screen(struct pty *p)
{
	arb_buf_reset(&p->text);
	for (int y = 0; y < p->rows; y++) {
		for (int x = 0; x < p->cols; x++) {
			VTermScreenCell c = { 0 };

			vterm_screen_get_cell(p->screen, (VTermPos){ y, x }, &c);
			put_point(&p->text, c.chars[0]);
		}
		arb_buf_putc(&p->text, '\n');
	}
	return arb_buf_str(&p->text);
}

bool pty_shows(struct pty *p, const char *text)
{
	return strstr(pty_screen(p), text);
}

static bool wait_until(struct pty *p, const char *text, bool shown, int ms)
{
	int end = now_ms() + ms;

	while (pty_shows(p, text) != shown)
		if (now_ms() >= end || (!pump(p, 100) && (p->gone || has_ended(p)) && !pump(p, 0))) {
			fprintf(stderr, "%s \"%s\"; the screen:\n%s", shown ? "there is no" : "there still is", text, pty_screen(p));
			return false;
		}
	return true;
}

bool pty_wait_for(struct pty *p, const char *text, int ms)
{
	return wait_until(p, text, true, ms);
}

bool pty_wait_gone(struct pty *p, const char *text, int ms)
{
	return wait_until(p, text, false, ms);
}

void pty_resize(struct pty *p, int rows, int cols)
{
	struct winsize ws = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };

	p->rows = rows;
	p->cols = cols;
	vterm_set_size(p->vt, rows, cols);
	ioctl(p->fd, TIOCSWINSZ, &ws);
}

bool pty_restored(struct pty *p)
{
	struct termios t;

	return !p->second_screen && !tcgetattr(p->slave, &t) && (t.c_lflag & ECHO) && (t.c_lflag & ICANON);
}

pid_t pty_pid(const struct pty *p)
{
	return p->pid;
}

size_t pty_bytes(const struct pty *p)
{
	return p->bytes;
}

const char *pty_raw(const struct pty *p, size_t *ret_n)
{
	*ret_n = p->raw.len;
	return arb_buf_str(&p->raw);
}

void pty_raw_reset(struct pty *p)
{
	arb_buf_reset(&p->raw);
}

void pty_click(struct pty *p, int row, int col, int button)
{
	vterm_mouse_move(p->vt, row, col, VTERM_MOD_NONE);
	vterm_mouse_button(p->vt, button, true, VTERM_MOD_NONE);
	vterm_mouse_button(p->vt, button, false, VTERM_MOD_NONE);
}

int pty_find(struct pty *p, const char *text, int *ret_col)
{
	const char *s = pty_screen(p), *at = strstr(s, text);

	if (!at)
		return -1;
	*ret_col = (int)((at - s) % (p->cols + 1));
	return (int)((at - s) / (p->cols + 1));
}

int pty_end(struct pty *p, int ms)
{
	int end = now_ms() + ms, status;

	while (waitpid(p->pid, &status, WNOHANG) <= 0) {
		if (now_ms() >= end)
			return -1000;
		if (!pump(p, 20))
			poll(NULL, 0, 5);
	}
	while (pump(p, 0))
		;
	p->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
