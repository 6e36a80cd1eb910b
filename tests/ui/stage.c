/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See stage.h. */
#include <config.h>
#include "../unit.h"
#include "stage.h"

#include <stdio.h>

uint64_t stage_clock_ms;

void frame(struct stage *st)
{
	for (int i = 0; i < 4; i++) {		/* requests that follow from answers */
		stage_clock_ms += 200;
		app_messages(st->a);
		app_tick(st->a, stage_clock_ms);
		app_draw(st->a);
	}
}

struct stage stage_at(int h, int w, bool utf8)
{
	static const struct tui_options o = { .title = "disk.img", .hint = "arrows look around, r checks" };
	struct stage st = { .s = fake_new() };

	stage_clock_ms = 1000;
	st.a = app_new(st.s, &o, h, w, utf8);
	return st;
}

struct stage open_stage(int h, int w, bool utf8)
{
	struct stage st = stage_at(h, w, utf8);

	fake_open(st.s);
	frame(&st);
	return st;
}

void leave(struct stage *st)
{
	app_free(st->a);
	fake_free(st->s);
}

void press(struct stage *st, int key)
{
	app_key(st->a, &(struct input){ .key = key });
	frame(st);
}

void type(struct stage *st, const char *s)
{
	for (; *s; s++)
		press(st, *s);
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	ARB_BUF(b);
	char part[4096];
	size_t n;

	while (f && (n = fread(part, 1, sizeof(part), f)))
		arb_buf_mem(&b, part, n);
	if (f)
		fclose(f);
	return arb_buf_steal(&b);
}

void expect_text(const char *name, const char *text)
{
	const char *src = getenv("srcdir");
	char path[512];
	char *expected;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/ui/%s", src ? src : ".", name);
	if (getenv("ARBORIST_SCREENS_UPDATE")) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(text, f);
		fclose(f);
		return;
	}
	expected = read_file(path);
	assert_non_null(expected);
	if (strcmp(expected, text))
		print_error("%s:\n%s", name, text);
	assert_string_equal(text, expected);
	free(expected);
}

bool shows(struct stage *st, const char *text)
{
	ARB_BUF(b);

	grid_dump(&b, &st->a->grid);
	return strstr(arb_buf_str(&b), text);
}

void expect_screen(struct stage *st, const char *name)
{
	ARB_BUF(path);
	ARB_BUF(b);

	arb_buf_printf(&path, "screens/%s.txt", name);
	grid_dump(&b, &st->a->grid);
	expect_text(arb_buf_str(&path), arb_buf_str(&b));
}
