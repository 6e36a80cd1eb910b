/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See program.h. */
#include <config.h>
#include "../unit.h"
#include "program.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char program_folder[TEMP_PATH], program_image[TEMP_PATH + 16];

static enum arb_code build_on(struct blk *dev, const struct image_options *o, const char *const *damage, struct arb_error *err)
{
	enum arb_code code = blk_open_write(dev, err);

	code = code ? code : image_build(o, dev, err);
	while (!code && *damage)
		code = image_damage(&dev, 1, *damage++, 1, NULL, err);
	code = code ? code : blk_sync(dev, err);
	blk_close_write(dev);
	return code;
}

/* Where no terminal can be made (no /dev/pts) these tests are skipped. */
static void need_terminal(void)
{
	int fd, slave;

	if (openpty(&fd, &slave, NULL, NULL, NULL)) {
		puts("no terminal can be made here");
		exit(77);
	}
	close(fd);
	close(slave);
}

int program_build(const struct image_options *o, const char *const *damage)
{
	struct arb_error err = { 0 };
	struct blk *dev = NULL;
	int fd;

	need_terminal();
	if (!temp_folder(program_folder, "screen"))
		return -1;
	snprintf(program_image, sizeof(program_image), "%s/disk.img", program_folder);
	fd = open(program_image, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)o->bytes))
		return -1;
	close(fd);
	if (blk_file_open(program_image, &dev, &err) || build_on(dev, o, damage, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	blk_close(dev);
	return 0;
}

int program_clean_up(void **state)
{
	char cmd[TEMP_PATH + 16];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", program_folder);
	return system(cmd);
}

const char *program_path(void)
{
	return getenv("ARBORIST") ? getenv("ARBORIST") : "./arborist";
}

struct pty *program_start(const struct program_run *r)
{
	static char term[64], lang[64], state[TEMP_PATH + 32];
	const char *argv[8] = { program_path() };
	const char *env[] = { term, lang, state, "INPUTRC=/dev/null", r->env, NULL };
	struct pty *p;
	int n = 1;

	for (int i = 0; i < 5 && r->option[i]; i++)
		argv[n++] = r->option[i];
	argv[n] = program_image;
	snprintf(term, sizeof(term), "TERM=%s", r->term ? r->term : "xterm");
	snprintf(lang, sizeof(lang), "LC_ALL=%s", r->lang ? r->lang : "C.UTF-8");
	snprintf(state, sizeof(state), "XDG_STATE_HOME=%s", program_folder);
	p = pty_start(argv, env, r->rows ? r->rows : 24, r->cols ? r->cols : 80);
	assert_non_null(p);
	if (!r->no_wait)
		assert_true(pty_wait_for(p, "extents", LONG));
	return p;
}

void program_end(struct pty *p, int status)
{
	assert_int_equal(pty_end(p, LONG), status);
	assert_true(pty_restored(p));
	pty_free(p);
}

void program_quit(struct pty *p, int status)
{
	pty_keys(p, "Q");
	program_end(p, status);
}
