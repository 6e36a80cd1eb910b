/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curses console: terminal, signals and clock around an app. One poll() waits for keys, the session, signals, and time. */
#include <config.h>
#include "tui.h"
#include "app.h"
#include "arborist/base/i18n.h"
#include "latency.h"
#include "signals.h"
#include "term.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MS 30		/* at least, between frames that no key asked for */
#define SAMPLE_MS 100
#define IDLE_MS 1000
#define HOLD_MS 300		/* keys wait at most for what was asked for before them */
#define BACKLOG_BYTES 512	/* a line this far behind gets no more frames for now */

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct loop {
	struct app	*app;
	uint64_t	drawn_ms, key_ms;
	bool		dirty;
	uint64_t	held_ms;	/* since when keys wait for what the last one asked for; 0: they do not */
	struct latency	latency;
	bool		no_mouse;	/* as the terminal has been told */
};

static bool line_is_behind(void)
{
	int queued = 0;

	return !ioctl(STDOUT_FILENO, TIOCOUTQ, &queued) && queued > BACKLOG_BYTES;
}

/* Settings may change while the screen stands. */
static void apply_settings(struct loop *l)
{
	struct app *a = l->app;
	bool ascii = session_setting(a->session, SETTING_ASCII) || !a->utf8, no_mouse = !session_setting(a->session, SETTING_MOUSE);

	if (ascii != a->grid.ascii) {
		a->grid.ascii = ascii;
		a->redraw = true;
		l->dirty = true;
	}
	if (no_mouse != l->no_mouse)
		term_mouse(!no_mouse);
	l->no_mouse = no_mouse;
}

static void frame(struct loop *l, bool at_once)
{
	uint64_t now = now_ms();

	app_tick(l->app, now);
	if ((!at_once && now - l->drawn_ms < FRAME_MS) || line_is_behind()) {
		l->dirty = true;
		return;
	}
	if (l->app->redraw)
		term_forget();
	l->app->redraw = false;
	app_draw(l->app);
	term_draw(&l->app->grid);
	latency_frame(&l->latency);
	l->drawn_ms = now;
	l->dirty = false;
}

static void suspend(struct loop *l)
{
	l->app->suspend = false;
	term_leave();
	signals_suspend();
	term_return();
	l->app->redraw = true;
}

static void resized(struct loop *l)
{
	int h = 0, w = 0;

	term_size(&h, &w);
	if (h < 1 || w < 1 || !app_resize(l->app, h, w))
		return;
	term_resized(h, w);
}

static void take_signals(struct loop *l)
{
	int sig;

	while ((sig = signals_next())) {
		switch (sig) {
		case SIGWINCH:
			resized(l);
			break;
		case SIGINT:
			app_interrupt(l->app);
			break;
		case SIGTSTP:
			suspend(l);
			break;
		case SIGCONT:
			term_return();
			resized(l);
			break;
		default:
			app_end_of_input(l->app);
		}
	}
}

/* Type-ahead is kept for what is being opened, as long as that comes at once. */
static bool holds_keys(struct loop *l)
{
	if (!app_awaits(l->app))
		l->held_ms = 0;
	else if (!l->held_ms)
		l->held_ms = now_ms();
	return l->held_ms && now_ms() - l->held_ms < HOLD_MS;
}

static void keys_there(struct loop *l)
{
	struct input in;

	while (!l->app->quit && !holds_keys(l) && term_key(&in)) {
		latency_key(&l->latency);
		app_key(l->app, &in);
		l->key_ms = now_ms();
	}
}

/* False when the terminal is gone. */
static bool take_keys(struct loop *l, short events)
{
	int waiting = 0;

	if (!events)
		return true;
	if ((events & POLLIN) && !ioctl(STDIN_FILENO, FIONREAD, &waiting) && !waiting)
		return false;
	if (!(events & POLLIN))
		return !(events & (POLLHUP | POLLERR | POLLNVAL));
	keys_there(l);
	return true;
}

static int wait_ms(const struct loop *l)
{
	if (l->held_ms && now_ms() - l->held_ms < HOLD_MS)
		return FRAME_MS;
	if (l->dirty)
		return FRAME_MS;
	return l->app->st.busy || !l->app->opened || now_ms() - l->key_ms < 500 ? SAMPLE_MS : IDLE_MS;
}

static void run(struct loop *l)
{
	struct pollfd fd[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN }, { .fd = session_fd(l->app->session), .events = POLLIN },
		{ .fd = signals_fd(), .events = POLLIN },
	};

	bool held = false;

	apply_settings(l);
	frame(l, true);
	while (!l->app->quit) {
		uint64_t asleep;
		bool key, was_held = held;

		held = holds_keys(l);
		fd[0].events = held ? 0 : POLLIN;
		signals_reach_engine(app_runs_freely(l->app));
		asleep = latency_now();
		if (poll(fd, 3, wait_ms(l)) < 0 && errno != EINTR)
			app_end_of_input(l->app);
		latency_woke(&l->latency, latency_now() - asleep);
		take_signals(l);
		key = fd[0].revents;
		if (!take_keys(l, fd[0].revents))
			app_end_of_input(l->app);
		if (was_held)
			keys_there(l);		/* the terminal's own buffer may have them already */
		latency_no_key(&l->latency);
		if (l->app->suspend)
			suspend(l);
		app_messages(l->app);
		apply_settings(l);
		frame(l, key);
	}
}

static bool want_color(const struct tui_options *o)
{
	const char *no = getenv("NO_COLOR");

	return o->color == TUI_COLOR_ALWAYS || (o->color == TUI_COLOR_AUTO && !(no && *no));
}

int tui_run(struct session *s, const struct tui_options *o)
{
	struct loop l = { 0 };
	char why[200];
	int h = 24, w = 80, bits;

	if (!term_start(want_color(o), why, sizeof(why))) {
		fprintf(stderr, "arborist: %s\n", why);
		return 8;
	}
	term_size(&h, &w);
	l.app = app_new(s, o, h, w, term_is_utf8());
	if (!l.app || !signals_start(s)) {
		term_stop();
		app_free(l.app);
		fprintf(stderr, _("arborist: out of memory\n"));
		return 8;
	}
	run(&l);
	term_stop();
	signals_stop();
	latency_report(&l.latency);
	if (l.app->failed)
		fprintf(stderr, "arborist: %s\n", l.app->status);
	bits = l.app->exit_bits;
	app_free(l.app);
	return bits;
}
