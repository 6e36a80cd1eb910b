/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cell grid: see grid.h. Knows no terminal; widths come from the small tables below, so that tests are the same everywhere. */
#include <config.h>
#include "grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool grid_init(struct grid *g, int h, int w, bool ascii)
{
	*g = (struct grid){ .h = h, .w = w, .ascii = ascii };
	g->cells = calloc((size_t)h * (size_t)w + 1, sizeof(*g->cells));
	if (!g->cells)
		return false;
	grid_clear(g);
	return true;
}

void grid_free(struct grid *g)
{
	free(g->cells);
	*g = (struct grid){ 0 };
}

void grid_clear(struct grid *g)
{
	grid_fill(g, (struct rect){ 0, 0, g->h, g->w }, STYLE_NORMAL);
	g->cursor_y = g->cursor_x = -1;
}

static struct rect clip(const struct grid *g, struct rect r)
{
	if (r.y < 0) { r.h += r.y; r.y = 0; }
	if (r.x < 0) { r.w += r.x; r.x = 0; }
	if (r.h > g->h - r.y)
		r.h = g->h - r.y;
	if (r.w > g->w - r.x)
		r.w = g->w - r.x;
	if (r.h < 0 || r.w < 0)
		r.h = r.w = 0;
	return r;
}

/* A wide character of which one half is overwritten loses the other half too. */
static void set_cell(struct grid *g, int y, int x, struct cell c)
{
	struct cell *p = grid_cell(g, y, x);

	if (!p->ch && x > 0)
		*grid_cell(g, y, x - 1) = (struct cell){ .ch = ' ', .style = grid_cell(g, y, x - 1)->style };
	if (x + 1 < g->w && !grid_cell(g, y, x + 1)->ch && c.ch)
		*grid_cell(g, y, x + 1) = (struct cell){ .ch = ' ', .style = grid_cell(g, y, x + 1)->style };
	*p = c;
}

void grid_fill(struct grid *g, struct rect r, enum style s)
{
	r = clip(g, r);
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++)
			set_cell(g, y, x, (struct cell){ .ch = ' ', .style = s });
}

void grid_restyle(struct grid *g, struct rect r, enum style s)
{
	r = clip(g, r);
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++)
			grid_cell(g, y, x)->style = s;
}

/* --- characters ------------------------------------------------------------------------------------------------- */

struct range { uint32_t first, last; };

static const struct range wide[] = {
	{ 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a }, { 0x064b, 0x065f },
	{ 0x0900, 0x0902 }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0x3099, 0x309a },
	{ 0xfe20, 0xfe2f },
};
/* Controls, formats (joiners, bidi), separators, surrogates, private use and non-characters: nobody can read them. */
static const struct range refused[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x061c, 0x061c }, { 0x180e, 0x180e },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xd800, 0xf8ff }, { 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0x10ffff },
};

static bool in_ranges(const struct range *r, size_t n, uint32_t ch)
{
	for (size_t i = 0; i < n; i++)
		if (ch >= r[i].first && ch <= r[i].last)
			return true;
	return false;
}
#define IN(table, ch) in_ranges(table, sizeof(table) / sizeof(table[0]), ch)

/* Decodes one code point: returns its bytes, 0 when they are not UTF-8. */
static int decode(const char *s, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)s;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
	uint32_t ch = n == 1 ? p[0] : n == 2 ? p[0] & 0x1f : n == 3 ? p[0] & 0x0f : p[0] & 0x07;

	if (!n || p[0] > 0xf4)
		return 0;
	for (int i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		ch = ch << 6 | (p[i] & 0x3f);
	}
	if (ch < least[n] || ch > 0x10ffff)
		return 0;
	*ret = ch;
	return n;
}

/* One thing to draw out of a text: a character, a combining mark, or a byte that is written as \xHH. */
struct glyph {
	uint32_t	ch;
	int		bytes, width;	/* width 0: combining; 4 with escaped set */
	bool		escaped;
};

static struct glyph next_glyph(const struct grid *g, const char *s)
{
	struct glyph r = { .width = 1 };

	r.bytes = decode(s, &r.ch);
	if (!r.bytes || IN(refused, r.ch) || (g->ascii && r.ch > 0x7e))
		return (struct glyph){ .ch = (unsigned char)*s, .bytes = 1, .width = 4, .escaped = true };
	if (r.ch >= 0x300 && IN(combining, r.ch))
		r.width = 0;
	else if (r.ch >= 0x1100 && IN(wide, r.ch))
		r.width = 2;
	return r;
}

int grid_width(const struct grid *g, const char *s)
{
	int w = 0;

	while (*s && *s != '\n') {
		struct glyph gl = next_glyph(g, s);

		w += gl.width;
		s += gl.bytes;
	}
	return w;
}

const char *grid_skip(const struct grid *g, const char *s, int col)
{
	while (*s && *s != '\n' && col > 0) {
		struct glyph gl = next_glyph(g, s);

		col -= gl.width;
		s += gl.bytes;
	}
	return s;
}

static void put_escaped(struct grid *g, int y, int x, enum style st, uint32_t byte)
{
	static const char hex[] = "0123456789abcdef";
	const char t[4] = { '\\', 'x', hex[byte >> 4 & 15], hex[byte & 15] };

	for (int i = 0; i < 4; i++)
		set_cell(g, y, x + i, (struct cell){ .ch = (unsigned char)t[i], .style = st });
}

static void put_glyph(struct grid *g, int y, int x, enum style st, const struct glyph *gl)
{
	if (gl->escaped) {
		put_escaped(g, y, x, st, gl->ch);
		return;
	}
	set_cell(g, y, x, (struct cell){ .ch = gl->ch, .style = st });
	if (gl->width == 2) {
		set_cell(g, y, x + 1, (struct cell){ .ch = ' ', .style = st });
		grid_cell(g, y, x)->ch = gl->ch;
		grid_cell(g, y, x + 1)->ch = 0;
	}
}

int grid_text(struct grid *g, int y, int x, int w, enum style st, const char *s)
{
	int used = 0;

	if (y < 0 || y >= g->h || x < 0 || x >= g->w)
		return 0;
	if (w > g->w - x)
		w = g->w - x;
	while (*s && *s != '\n') {
		struct glyph gl = next_glyph(g, s);

		if (used + gl.width > w)
			break;
		if (gl.width)
			put_glyph(g, y, x + used, st, &gl);
		else if (used > 0 && grid_cell(g, y, x + used - 1)->ch)
			grid_cell(g, y, x + used - 1)->mark = gl.ch;
		used += gl.width;
		s += gl.bytes;
	}
	return used;
}

int grid_text_cut(struct grid *g, int y, int x, int w, enum style st, const char *s)
{
	int used;

	if (w > g->w - x)
		w = g->w - x;
	if (w < 3 || grid_width(g, s) <= w)
		return grid_text(g, y, x, w, st, s);
	used = grid_text(g, y, x, w - 2, st, s);
	return used + grid_text(g, y, x + used, 2, st, "..");
}

int grid_textf(struct grid *g, int y, int x, int w, enum style st, const char *fmt, ...)
{
	ARB_BUF(b);
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return grid_text_cut(g, y, x, w, st, arb_buf_str(&b));
}

void grid_text_right(struct grid *g, int y, int x, int w, enum style st, const char *s)
{
	int need = grid_width(g, s);

	grid_text_cut(g, y, need < w ? x + w - need : x, w, st, s);
}

int grid_encode(char *out, uint32_t ch)
{
	int n = ch < 0x80 ? 1 : ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	out[n] = 0;
	for (int i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (ch & 0x3f));
		ch >>= 6;
	}
	out[0] = (char)(lead[n] | ch);
	return n;
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

static uint32_t line_char(const struct grid *g, unsigned bits)
{
	/* by LINE_UP | LINE_DOWN | LINE_LEFT | LINE_RIGHT */
	static const uint16_t utf8[16] = {
		' ', 0x2502, 0x2502, 0x2502, 0x2500, 0x2518, 0x2510, 0x2524,
		0x2500, 0x2514, 0x250c, 0x251c, 0x2500, 0x2534, 0x252c, 0x253c,
	};
	static const char ascii[16 + 1] = " |||-+++-+++-+++";

	return g->ascii ? (unsigned char)ascii[bits & 15] : utf8[bits & 15];
}

static void line_cell(struct grid *g, int y, int x, unsigned bits, enum style st)
{
	if (y < 0 || y >= g->h || x < 0 || x >= g->w)
		return;
	bits |= grid_cell(g, y, x)->lines;
	set_cell(g, y, x, (struct cell){ .ch = line_char(g, bits), .style = st, .lines = bits });
}

void grid_hline(struct grid *g, int y, int x, int w, enum style st)
{
	for (int i = 0; i < w; i++)
		line_cell(g, y, x + i, (i ? LINE_LEFT : 0) | (i < w - 1 ? LINE_RIGHT : 0), st);
}

void grid_vline(struct grid *g, int y, int x, int h, enum style st)
{
	for (int i = 0; i < h; i++)
		line_cell(g, y + i, x, (i ? LINE_UP : 0) | (i < h - 1 ? LINE_DOWN : 0), st);
}

void grid_box(struct grid *g, struct rect r, enum style st)
{
	if (r.h < 2 || r.w < 2)
		return;
	grid_hline(g, r.y, r.x, r.w, st);
	grid_hline(g, r.y + r.h - 1, r.x, r.w, st);
	grid_vline(g, r.y, r.x, r.h, st);
	grid_vline(g, r.y, r.x + r.w - 1, r.h, st);
}

void grid_title(struct grid *g, struct rect r, enum style st, const char *title)
{
	int room = r.w - 6, used;

	if (room < 3 || !*title)
		return;
	grid_text(g, r.y, r.x + 2, 1, st, " ");
	used = grid_text_cut(g, r.y, r.x + 3, room, st, title);
	grid_text(g, r.y, r.x + 3 + used, 1, st, " ");
}

void grid_dump(struct arb_buf *out, const struct grid *g)
{
	char utf8[5];

	for (int y = 0; y < g->h; y++) {
		int end = g->w;

		while (end > 0 && grid_cell(g, y, end - 1)->ch == ' ' && !grid_cell(g, y, end - 1)->mark)
			end--;
		for (int x = 0; x < end; x++) {
			const struct cell *c = grid_cell(g, y, x);

			if (c->ch)
				arb_buf_mem(out, utf8, (size_t)grid_encode(utf8, c->ch));
			if (c->mark)
				arb_buf_mem(out, utf8, (size_t)grid_encode(utf8, c->mark));
		}
		arb_buf_putc(out, '\n');
	}
}
