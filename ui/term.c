/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The terminal: see term.h. Keeps a copy of what is on the screen and hands curses the cells that changed; curses
 * sends the shortest bytes for them, which is what slow lines need.
 */
#include <config.h>
#include "term.h"
#include "style.h"

#include <curses.h>
#include <term.h>
#undef lines		/* of the capability names that <term.h> makes macros */
#undef columns
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

static struct {
	SCREEN		*screen;
	bool		color, started;
	struct grid	shown;
	bool		valid;			/* shown is what the terminal shows */
	attr_t		attr[STYLE_NR];
	short		pair[STYLE_NR];
	struct termios	saved;
	bool		have_saved;
	char		goodbye[256];		/* leaves the screen mode; stored for term_emergency() */
	size_t		goodbye_len;
} T;

static attr_t look_attr(unsigned look)
{
	return ((look & LOOK_BOLD) ? A_BOLD : 0) | ((look & LOOK_DIM) ? A_DIM : 0) |
	       ((look & LOOK_UNDERLINE) ? A_UNDERLINE : 0) | ((look & LOOK_REVERSE) ? A_REVERSE : 0);
}

static void init_styles(void)
{
	for (int i = 0; i < STYLE_NR; i++) {
		const struct style_row *r = &style_rows[i];

		T.attr[i] = look_attr(T.color ? r->color_look : r->mono_look);
		T.pair[i] = 0;
		if (!T.color || (r->fg < 0 && r->bg < 0))
			continue;
		T.pair[i] = (short)(i + 1);
		init_pair(T.pair[i], r->fg, r->bg);
	}
}

/* Appends a terminfo string without its padding. */
static void add_goodbye(const char *cap)
{
	const char *s = tigetstr(cap);

	if (!s || s == (char *)-1)
		return;
	while (*s && T.goodbye_len < sizeof(T.goodbye)) {
		if (s[0] == '$' && s[1] == '<' && strchr(s, '>'))
			s = strchr(s, '>') + 1;
		else
			T.goodbye[T.goodbye_len++] = *s++;
	}
}

static void store_goodbye(void)
{
	static const char mouse_off[] = "\033[?1006l\033[?1000l";

	T.goodbye_len = 0;
	add_goodbye("sgr0");
	add_goodbye("rmkx");
	add_goodbye("cnorm");
	if (tigetstr("kmous") && tigetstr("kmous") != (char *)-1) {
		memcpy(T.goodbye + T.goodbye_len, mouse_off, sizeof(mouse_off) - 1);
		T.goodbye_len += sizeof(mouse_off) - 1;
	}
	add_goodbye("rmcup");
}

/* ^Z is a key like any other: while curses draws it ignores the signal, and it would be lost. */
static void suspend_is_a_key(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &t))
		return;
	t.c_cc[VSUSP] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
	def_prog_mode();
}

static void modes(void)
{
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	if (!getenv("ESCDELAY"))
		set_escdelay(50);
	mousemask(ALL_MOUSE_EVENTS, NULL);
	mouseinterval(0);
	suspend_is_a_key();
}

void term_mouse(bool on)
{
	mousemask(on ? ALL_MOUSE_EVENTS : 0, NULL);
}

bool term_start(bool color, char *why, size_t why_size)
{
	T.have_saved = !tcgetattr(STDIN_FILENO, &T.saved);
	T.screen = newterm(NULL, stdout, stdin);
	if (!T.screen) {
		snprintf(why, why_size, "terminal type %s is not known here; set TERM, or use --plain",
			 getenv("TERM") ? getenv("TERM") : "(unset)");
		return false;
	}
	if (!tigetstr("cup") || tigetstr("cup") == (char *)-1) {
		endwin();
		snprintf(why, why_size, "this terminal cannot move its cursor; use --plain");
		return false;
	}
	T.color = color && has_colors() && start_color() == OK;
	if (T.color)
		use_default_colors();
	init_styles();
	store_goodbye();
	modes();
	T.started = true;
	return true;
}

void term_stop(void)
{
	if (!T.started)
		return;
	T.started = false;
	endwin();
	grid_free(&T.shown);
	if (T.have_saved)
		tcsetattr(STDIN_FILENO, TCSANOW, &T.saved);
}

void term_emergency(void)
{
	if (!T.started)
		return;
	if (write(STDOUT_FILENO, T.goodbye, T.goodbye_len) < 0)
		return;
	if (T.have_saved)
		tcsetattr(STDIN_FILENO, TCSANOW, &T.saved);
}

void term_size(int *h, int *w)
{
	struct winsize ws;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_row && ws.ws_col) {
		*h = ws.ws_row;
		*w = ws.ws_col;
	} else {
		getmaxyx(stdscr, *h, *w);
	}
}

void term_resized(int h, int w)
{
	if (h < 1 || w < 1)
		return;
	resizeterm(h, w);
	term_forget();
}

void term_forget(void)
{
	T.valid = false;
}

void term_leave(void)
{
	endwin();
}

void term_return(void)
{
	modes();
	clearok(curscr, TRUE);
	term_forget();
}

bool term_is_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* The line drawing characters the terminal's own description knows: a vt100 has them, and no UTF-8. */
static const cchar_t *line_wacs(unsigned lines)
{
	switch (lines & 15) {
	case LINE_LEFT | LINE_RIGHT: case LINE_LEFT: case LINE_RIGHT: return WACS_HLINE;
	case LINE_UP | LINE_DOWN: case LINE_UP: case LINE_DOWN: return WACS_VLINE;
	case LINE_UP | LINE_LEFT: return WACS_LRCORNER;
	case LINE_DOWN | LINE_LEFT: return WACS_URCORNER;
	case LINE_UP | LINE_RIGHT: return WACS_LLCORNER;
	case LINE_DOWN | LINE_RIGHT: return WACS_ULCORNER;
	case LINE_UP | LINE_DOWN | LINE_LEFT: return WACS_RTEE;
	case LINE_UP | LINE_DOWN | LINE_RIGHT: return WACS_LTEE;
	case LINE_LEFT | LINE_RIGHT | LINE_UP: return WACS_BTEE;
	case LINE_LEFT | LINE_RIGHT | LINE_DOWN: return WACS_TTEE;
	case 15: return WACS_PLUS;
	}
	return NULL;
}

static void draw_cell(const struct grid *g, int y, int x)
{
	const struct cell *c = grid_cell(g, y, x);
	wchar_t text[CCHARW_MAX + 1] = { (wchar_t)c->ch, (wchar_t)c->mark, 0 };
	const cchar_t *line = c->lines && !g->ascii ? line_wacs(c->lines) : NULL;
	attr_t attr = T.attr[c->style];
	short pair = T.pair[c->style];
	cchar_t out;

	if (!c->ch)
		return;
	if (line) {
		attr_t a = 0;
		short p = 0;

		if (getcchar(line, text, &a, &p, NULL) == OK)
			attr |= a;
	}
	if (setcchar(&out, text, attr, pair, NULL) == OK)
		mvadd_wch(y, x, &out);
}

static bool cell_same(const struct cell *a, const struct cell *b)
{
	return a->ch == b->ch && a->mark == b->mark && a->style == b->style && a->lines == b->lines;
}

static bool shown_ready(const struct grid *g)
{
	if (T.shown.cells && T.shown.h == g->h && T.shown.w == g->w)
		return true;
	grid_free(&T.shown);
	T.valid = false;
	return grid_init(&T.shown, g->h, g->w, g->ascii);
}

void term_draw(const struct grid *g)
{
	if (!shown_ready(g))
		return;
	if (!T.valid)
		clear();
	for (int y = 0; y < g->h; y++) {
		for (int x = 0; x < g->w; x++) {
			bool wide = x + 1 < g->w && !grid_cell(g, y, x + 1)->ch;

			if (T.valid && cell_same(grid_cell(g, y, x), grid_cell(&T.shown, y, x)) &&
			    (!wide || !grid_cell(&T.shown, y, x + 1)->ch))
				continue;
			draw_cell(g, y, x);
		}
	}
	memcpy(T.shown.cells, g->cells, (size_t)g->h * (size_t)g->w * sizeof(*g->cells));
	T.valid = true;
	curs_set(g->cursor_y >= 0 ? 1 : 0);
	if (g->cursor_y >= 0)
		move(g->cursor_y, g->cursor_x);
	else
		move(g->h - 1, g->w - 1);
	refresh();
}

/* --- input ---------------------------------------------------------------------------------------------------------- */

static const struct { int curses, key; } key_map[] = {
	{ KEY_UP, K_UP }, { KEY_DOWN, K_DOWN }, { KEY_LEFT, K_LEFT }, { KEY_RIGHT, K_RIGHT },
	{ KEY_PPAGE, K_PAGE_UP }, { KEY_NPAGE, K_PAGE_DOWN }, { KEY_HOME, K_HOME }, { KEY_END, K_END },
	{ KEY_FIND, K_HOME }, { KEY_SELECT, K_END }, { KEY_A1, K_HOME }, { KEY_C1, K_END }, { KEY_A3, K_PAGE_UP },
	{ KEY_C3, K_PAGE_DOWN }, { KEY_IC, K_INSERT }, { KEY_DC, K_DELETE }, { KEY_BACKSPACE, K_BACKSPACE },
	{ KEY_ENTER, K_ENTER }, { KEY_BTAB, K_BACKTAB },
};

static bool map_mouse(struct input *ret)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return false;
	if (!(e.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED)))
		return false;		/* releases, other buttons */
	*ret = (struct input){ .key = K_MOUSE, .y = e.y, .x = e.x };
	ret->mouse = (e.bstate & BUTTON4_PRESSED) ? MOUSE_WHEEL_UP : (e.bstate & BUTTON5_PRESSED) ? MOUSE_WHEEL_DOWN :
		     (e.bstate & BUTTON1_DOUBLE_CLICKED) ? MOUSE_DOUBLE : MOUSE_PRESS;
	return true;
}

static bool map_special(wint_t ch, struct input *ret)
{
	if (ch == KEY_MOUSE)
		return map_mouse(ret);
	for (size_t i = 0; i < sizeof(key_map) / sizeof(key_map[0]); i++) {
		if ((wint_t)key_map[i].curses == ch) {
			*ret = (struct input){ .key = key_map[i].key };
			return true;
		}
	}
	if (ch >= KEY_F(1) && ch <= KEY_F(12)) {
		*ret = (struct input){ .key = K_F1 + (int)(ch - KEY_F(1)) };
		return true;
	}
	return false;
}

static int plain_key(wint_t ch)
{
	return ch == 127 || ch == 8 ? K_BACKSPACE : ch == '\r' || ch == '\n' ? K_ENTER : (int)ch;
}

bool term_key(struct input *ret)
{
	wint_t ch;

	for (;;) {
		int r = get_wch(&ch);

		if (r == ERR)
			return false;
		if (r == KEY_CODE_YES && map_special(ch, ret))
			return true;
		if (r == OK) {
			*ret = (struct input){ .key = plain_key(ch) };
			if (ch == K_ESC && get_wch(&ch) == OK)
				ret->key = K_ALT | plain_key(ch);
			return true;
		}
	}
}
