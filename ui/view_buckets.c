/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map of buckets: who owns what on each device, from all of it on one screen down to bucket by bucket. */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "bucket_cells.h"
#include "engine.h"
#include "views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct view_buckets {
	struct window	w;
	struct bucket_map *map;		/* NULL: being read */
	bool		failed;
	unsigned	dev;
	uint64_t	cursor;		/* bucket */
	uint64_t	per_cell;	/* buckets a cell; 0: what fits the screen */
	uint64_t	top;		/* first row shown */
	int		cols, rows;	/* cells on the screen, of the last frame */
	struct bucket_cells cells;
	uint64_t	repairs;	/* a->st.repairs when the map was made */
};

static const struct window_ops ops;

/* --- reading it --------------------------------------------------------------------------------------------------------- */

static bool next_device(struct view_buckets *v)
{
	for (unsigned n = 1; v->map && n <= SB_MEMBERS_MAX; n++) {
		unsigned dev = (v->dev + n) % SB_MEMBERS_MAX;

		if (!v->map->dev[dev].exists || !v->map->dev[dev].nbuckets)
			continue;
		v->dev = dev;
		return true;
	}
	return false;
}

static void got_map(struct app *a, void *data, enum arb_code code, const char *error)
{
	struct bucket_map **handle = data;
	struct view_buckets *v = (struct view_buckets *)app_find(a, &ops);

	if (!v)
		return;
	if (code) {
		v->failed = true;
		app_say(a, STYLE_ERROR, "%s", error);
		return;
	}
	bucket_cells_free(&v->cells);
	bucket_map_free(v->map);
	v->map = *handle;
	*handle = NULL;
	if (!v->map->dev[v->dev].exists)
		next_device(v);
	if (v->map->nodes_unreadable)
		app_say(a, STYLE_ERROR, P_("%llu node cannot be read: what it holds is missing in the map",
			"%llu nodes cannot be read: what they hold is missing in the map", v->map->nodes_unreadable), (unsigned long long)v->map->nodes_unreadable);
}

static void free_handle(void *arg)
{
	bucket_map_free(*(struct bucket_map **)arg);
	free(arg);
}

static void read_map(struct app *a, struct view_buckets *v)
{
	struct bucket_map **handle = calloc(1, sizeof(*handle));

	v->repairs = a->st.repairs;
	v->failed = !handle || !jobs_await(a, engine_bucket_map, handle, free_handle, got_map, JOB_BROWSE);
}

static void tick(struct window *w, struct app *a)
{
	struct view_buckets *v = (struct view_buckets *)w;

	if (v->map && v->repairs != a->st.repairs && !a->st.busy)
		read_map(a, v);
}

/* --- where things stand --------------------------------------------------------------------------------------------------- */

static const struct bucket_device *device(const struct view_buckets *v)
{
	return &v->map->dev[v->dev];
}

/* The smallest power of two with which everything is on the screen. */
static uint64_t per_cell_that_fits(const struct view_buckets *v)
{
	uint64_t cells = (uint64_t)v->cols * (uint64_t)v->rows, n = 1;

	while (n < device(v)->nbuckets && (device(v)->nbuckets + n - 1) / n > cells)
		n *= 2;
	return n;
}

static void keep_visible(struct view_buckets *v)
{
	uint64_t row;

	if (v->cursor >= device(v)->nbuckets)
		v->cursor = device(v)->nbuckets - 1;
	row = v->cursor / v->per_cell / (uint64_t)v->cols;
	if (row < v->top)
		v->top = row;
	if (row >= v->top + (uint64_t)v->rows)
		v->top = row - (uint64_t)v->rows + 1;
}

/* --- drawing --------------------------------------------------------------------------------------------------------------- */

static int label_width(const struct view_buckets *v)
{
	char s[24];

	return snprintf(s, sizeof(s), "%llu", (unsigned long long)device(v)->nbuckets) + 1;
}

static void draw_row(const struct view_buckets *v, struct grid *g, struct rect r, int y, bool focus)
{
	uint64_t first = (v->top + (uint64_t)y) * (uint64_t)v->cols;
	int label = label_width(v);

	if (first >= v->cells.nr)
		return;
	grid_textf(g, r.y + y, r.x, label, STYLE_DIM, "%llu", (unsigned long long)(first * v->per_cell));
	for (int x = 0; x < v->cols && first + (uint64_t)x < v->cells.nr; x++) {
		uint64_t i = first + (uint64_t)x;
		char s[2] = { v->cells.letter[i], 0 };
		bool here = v->cursor / v->per_cell == i;

		grid_text(g, r.y + y, r.x + label + x, 1, here ? focus ? STYLE_SELECTED : STYLE_SELECTED_DIM : (enum style)v->cells.style[i], s);
		if (here && focus) {
			g->cursor_y = r.y + y;
			g->cursor_x = r.x + label + x;
		}
	}
}

/* Letters and their kinds, on as many lines as it takes; returns how many. Draws nothing with @g NULL, else the lines of @r. */
static int legend(struct grid *g, struct rect r)
{
	int at = 0, line = 0;

	for (const struct bucket_letter *l = bucket_letters; l->letter; l++) {
		ARB_BUF(b);
		char s[2] = { l->letter, 0 };
		int need;

		arb_buf_printf(&b, " %s  ", _(l->name));
		need = 1 + (int)b.len;
		if (at && at + need - 2 > r.w) {
			at = 0;
			line++;
		}
		if (g && line < r.h) {
			grid_text(g, r.y + line, r.x + at, 1, l->style, s);
			grid_text(g, r.y + line, r.x + at + 1, r.w - at - 1, STYLE_DIM, arb_buf_str(&b));
		}
		at += need;
	}
	return line + 1;
}

static void draw_reading(const struct view_buckets *v, const struct app *a, struct grid *g, struct rect r)
{
	if (v->failed)
		grid_text_cut(g, r.y, r.x, r.w, STYLE_ERROR, _("the map could not be made; q closes, M tries again"));
	else if (a->st.look.what)
		grid_textf(g, r.y, r.x, r.w, STYLE_DIM, _("reading every pointer ... %llu of about %llu nodes (^C stops)"),
			   (unsigned long long)a->st.look.nodes_done, (unsigned long long)a->st.look.nodes_total);
	else
		grid_text(g, r.y, r.x, r.w, STYLE_DIM, _("reading ..."));
}

/* What the cell at the cursor holds. */
static void draw_here(const struct view_buckets *v, struct grid *g, struct rect r)
{
	struct bucket_cell here = bucket_cell_sum(device(v), v->cursor / v->per_cell * v->per_cell, v->per_cell);
	const char *s;
	ARB_BUF(b);
	ARB_BUF(lines);

	bucket_cell_to_text(&b, &here, v->dev, device(v)->bucket_size);
	text_wrap(&lines, arb_buf_str(&b), r.w, 1);
	s = arb_buf_str(&lines);
	for (int y = 0; y < r.h && *s; y++) {
		grid_text_cut(g, r.y + y, r.x, r.w, STYLE_STRONG, s);
		s += strcspn(s, "\n");
		s += *s == '\n';
	}
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct view_buckets *v = (struct view_buckets *)w;
	int lines = legend(NULL, r), words = 2;

	if (!v->map || !device(v)->nbuckets) {
		draw_reading(v, a, g, r);
		return;
	}
	v->cols = r.w - label_width(v) > 1 ? r.w - label_width(v) : 1;
	if (r.h - lines - words < 3)		/* no room for everything: cells before words */
		lines = r.h - words - 3 > 0 ? r.h - words - 3 : 0;
	v->rows = r.h - lines - words > 1 ? r.h - lines - words : 1;
	if (!v->per_cell)
		v->per_cell = per_cell_that_fits(v);
	if (!bucket_cells_make(&v->cells, device(v), v->per_cell)) {
		grid_text(g, r.y, r.x, r.w, STYLE_ERROR, _("out of memory"));
		return;
	}
	keep_visible(v);
	for (int y = 0; y < v->rows; y++)
		draw_row(v, g, r, y, focus);
	draw_here(v, g, (struct rect){ r.y + r.h - lines - words, r.x, words, r.w });
	legend(g, (struct rect){ r.y + r.h - lines, r.x, lines, r.w });
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	struct view_buckets *v = (struct view_buckets *)w;

	(void)a;
	arb_buf_puts(out, _("buckets"));
	if (!v->map || !v->per_cell)
		return;
	arb_buf_printf(out, _(": device %u%s, %llu x %u sectors"), v->dev, device(v)->online ? "" : _(" (missing)"),
		       (unsigned long long)device(v)->nbuckets, device(v)->bucket_size);
	if (v->per_cell > 1)
		arb_buf_printf(out, _(", %llu a cell"), (unsigned long long)v->per_cell);
}

/* --- keys -------------------------------------------------------------------------------------------------------------------- */

static void move(struct view_buckets *v, int64_t cells)
{
	uint64_t by = (uint64_t)(cells < 0 ? -cells : cells) * v->per_cell, last = device(v)->nbuckets - 1;

	if (cells < 0)
		v->cursor = v->cursor < by ? 0 : v->cursor - by;
	else
		v->cursor = by > last - v->cursor ? last : v->cursor + by;
}

static bool moved(struct view_buckets *v, enum action act)
{
	switch (act) {
	case ACT_LEFT: move(v, -1); return true;
	case ACT_RIGHT: move(v, 1); return true;
	case ACT_UP: move(v, -v->cols); return true;
	case ACT_DOWN: move(v, v->cols); return true;
	case ACT_PAGE_UP: move(v, -(int64_t)v->cols * v->rows); return true;
	case ACT_PAGE_DOWN: move(v, (int64_t)v->cols * v->rows); return true;
	case ACT_HOME: v->cursor = 0; return true;
	case ACT_END: v->cursor = device(v)->nbuckets - 1; return true;
	default: return false;
	}
}

static void zoom(struct app *a, struct view_buckets *v, bool in)
{
	uint64_t all = per_cell_that_fits(v);

	if (in && v->per_cell > 1)
		v->per_cell /= 2;
	else if (!in && v->per_cell < all)
		v->per_cell *= 2;
	else
		app_say(a, STYLE_STATUS, in ? _("one bucket a cell: no closer") : _("all buckets are to be seen"));
}

static void open_bucket(struct view_buckets *v, struct app *a)
{
	char line[60];

	if (v->per_cell > 1) {			/* a cell of many opens into them */
		v->per_cell = v->per_cell > 16 ? v->per_cell / 16 : 1;
		return;
	}
	snprintf(line, sizeof(line), "bucket %u:%llu", v->dev, (unsigned long long)v->cursor);
	app_command(a, line);
}

static void other_device(struct app *a, struct view_buckets *v)
{
	unsigned was = v->dev;

	if (next_device(v) && v->dev != was)
		v->cursor = v->top = v->per_cell = 0;
	else
		app_say(a, STYLE_STATUS, _("there is no other device"));
}

static bool action(struct window *w, struct app *a, enum action act)
{
	struct view_buckets *v = (struct view_buckets *)w;

	if (act == ACT_CLOSE) {
		app_pop(a, w);
		return true;
	}
	if (act == ACT_BUCKETS) {
		read_map(a, v);
		return true;
	}
	if (!v->map || !v->per_cell || !device(v)->nbuckets)
		return false;
	if (act == ACT_OPEN)
		open_bucket(v, a);
	else if (act == ACT_ZOOM_IN || act == ACT_ZOOM_OUT)
		zoom(a, v, act == ACT_ZOOM_IN);
	else if (act == ACT_NEXT_DEVICE)
		other_device(a, v);
	else
		return moved(v, act);
	return true;
}

/* --- going to a bucket, and to the next of a kind ------------------------------------------------------------------------------ */

static bool number(const char *s, size_t n, uint64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' || *ret > UINT64_MAX / 10 - 1)
			return false;
		*ret = *ret * 10 + (uint64_t)(s[i] - '0');
	}
	return n;
}

static bool go_to(struct view_buckets *v, const char *what)
{
	const char *colon = strchr(what, ':');
	uint64_t dev = v->dev, bucket;

	if ((colon && !number(what, colon - what, &dev)) || !number(colon ? colon + 1 : what, strlen(colon ? colon + 1 : what), &bucket))
		return false;
	if (dev >= SB_MEMBERS_MAX || !v->map->dev[dev].exists || bucket >= v->map->dev[dev].nbuckets)
		return false;
	if (dev != v->dev)
		v->per_cell = v->top = 0;
	v->dev = (unsigned)dev;
	v->cursor = bucket;
	return true;
}

static bool is_wanted(const struct bucket_entry *e, const char *what)
{
	const char *name = data_type_name(e->owner);

	if (!strcmp(what, "!"))
		return e->flags & (BUCKET_DIFFERS | BUCKET_CONFLICT);
	if (!strcmp(what, "#"))
		return e->flags & BUCKET_CONFLICT;
	return name && !strcmp(name, what);
}

static bool search(struct window *w, struct app *a, int step, const char *what, bool wrap)
{
	struct view_buckets *v = (struct view_buckets *)w;
	uint64_t nr;

	(void)a;
	if (!v->map || !device(v)->nbuckets)
		return false;
	if (go_to(v, what))
		return true;
	nr = device(v)->nbuckets;
	for (uint64_t n = 1; n <= nr; n++) {
		uint64_t from = !wrap ? v->cursor : step > 0 ? UINT64_MAX : nr, b = step > 0 ? from + n : from - n;

		if (b >= nr)
			return false;
		if (is_wanted(&device(v)->bucket[b], what)) {
			v->cursor = b;
			return true;
		}
	}
	return false;
}

static bool mouse(struct window *w, struct app *a, const struct input *in, struct rect r)
{
	struct view_buckets *v = (struct view_buckets *)w;
	int x, y;

	if (!v->map || !v->per_cell || !device(v)->nbuckets)
		return false;
	x = in->x - r.x - label_width(v);
	y = in->y - r.y;
	if (in->mouse == MOUSE_WHEEL_UP || in->mouse == MOUSE_WHEEL_DOWN) {
		move(v, in->mouse == MOUSE_WHEEL_UP ? -v->cols : v->cols);
	} else if (x >= 0 && x < v->cols && y >= 0 && y < v->rows) {
		uint64_t bucket = ((v->top + (uint64_t)y) * (uint64_t)v->cols + (uint64_t)x) * v->per_cell;

		if (bucket >= device(v)->nbuckets)
			return false;
		v->cursor = bucket;
		if (in->mouse == MOUSE_DOUBLE)
			open_bucket(v, a);
	}
	return true;
}

static void free_view(struct window *w)
{
	struct view_buckets *v = (struct view_buckets *)w;

	bucket_cells_free(&v->cells);
	bucket_map_free(v->map);
	free(v);
}

static const struct window_ops ops = {
	.name = "buckets", .context = CTX_BUCKETS | CTX_OVER, .flags = WINDOW_GLOBAL, .action = action, .mouse = mouse, .draw = draw, .title = title,
	.search = search, .tick = tick, .free = free_view,
};

void buckets_open(struct app *a)
{
	struct view_buckets *v = app_find(a, &ops) ? NULL : calloc(1, sizeof(*v));

	if (!v)
		return;
	v->w.ops = &ops;
	app_push(a, &v->w);
	read_map(a, v);
}
