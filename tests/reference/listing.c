/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists the node pointers of a filesystem, per btree and level, in the order of the reference's walk:
 *     listing DEVICE...
 */
#include <stdio.h>
#include "arborist/btree/view.h"
#include "arborist/format/btree_id.h"

struct listing {
	struct view	*view;
	struct key_text_ctx text;
	struct arb_buf	out;		/* lines of one btree */
	size_t		nr;
};

static int fail(const struct arb_error *err)
{
	fprintf(stderr, "listing: %s\n", err->text);
	return 8;
}

static enum arb_code node_line(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got)
{
	struct listing *l = arg;

	(void)level;
	(void)got;
	bkey_to_text(&l->out, &l->text, ptr);
	arb_buf_putc(&l->out, '\n');
	l->nr++;
	return ARB_OK;
}

static enum arb_code list_nodes(struct listing *l, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	for (unsigned id = 0; id < BTREE_ID_NR && !code; id++)
		for (unsigned level = 0; level <= l->view->roots[id].level && !code; level++) {
			l->nr = 0;
			code = view_walk_nodes(l->view, id, level, node_line, l, err);
			printf("== %s level %u: %zu nodes\n", btree_info(id)->name, level, l->nr);
			fwrite(arb_buf_str(&l->out), 1, l->out.len, stdout);
			arb_buf_reset(&l->out);
		}
	return code;
}

int main(int argc, char **argv)
{
	struct listing l = { .text.flags = KEY_TEXT_NO_GENS };
	struct devset_options degraded = { .degraded = true };
	struct view_options options = { 0 };
	struct workers *workers;
	struct devset *devs;
	struct arb_error err;
	enum arb_code code;

	if (argc < 2) {
		fprintf(stderr, "usage: listing DEVICE...\n");
		return 16;
	}
	if (workers_new(1, &workers, &err))
		return fail(&err);
	if (devset_open((const char *const *)argv + 1, argc - 1, &degraded, &devs, &err) ||
	    view_open(devs, workers, &options, &l.view, &err))
		return fail(&err);
	l.text.geo = &l.view->geo;
	code = list_nodes(&l, &err);
	arb_buf_free(&l.out);
	view_free(l.view);
	workers_free(workers);
	return code ? fail(&err) : 0;
}
