/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists a filesystem through the library in the form of the listings that stand beside the images:
 *     listing keys|nodes|super|journal DEVICE...
 * `keys` has a header per btree and the first line of every key, `nodes` every node pointer per btree and level.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "arborist/btree/view.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/superblock.h"

struct listing {
	struct view	*view;
	struct key_text_ctx text;
	struct arb_buf	out;		/* lines of one btree */
	size_t		nr;
	bool		bad;
};

static int fail(const struct arb_error *err)
{
	fprintf(stderr, "listing: %s\n", err->text);
	return 8;
}

static void emit(struct arb_buf *b)
{
	fwrite(arb_buf_str(b), 1, b->len, stdout);
	arb_buf_reset(b);
}

static void line(struct listing *l, struct bkey_s k)
{
	bkey_to_text(&l->out, &l->text, k);
	arb_buf_putc(&l->out, '\n');
	l->nr++;
	if (l->out.len > 1 << 20)
		emit(&l->out);
}

static enum arb_code key_line(void *arg, const struct node *n, struct bkey_s k)
{
	(void)n;
	line(arg, k);
	return ARB_OK;
}

static enum arb_code bad_node(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct listing *l = arg;

	(void)ptr;
	l->bad = true;
	for (size_t i = 0; i < d->list.nr; i++)
		fprintf(stderr, "listing: unreadable node of level %u: %s\n", level, d->list.v[i].text);
	return ARB_OK;
}

static enum arb_code list_keys(struct listing *l, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	for (unsigned id = 0; id < BTREE_ID_NR && !code; id++) {
		struct walk w = {
			.btree = id, .start = POS_MIN, .end = SPOS_MAX, .key = key_line, .bad = bad_node, .arg = l,
		};

		printf("== %s\n", btree_info(id)->name);
		code = view_walk(l->view, &w, err);
		emit(&l->out);
	}
	return code;
}

static enum arb_code node_line(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got)
{
	(void)level;
	(void)got;
	line(arg, ptr);
	return ARB_OK;
}

static enum arb_code list_nodes(struct listing *l, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	l->text.flags |= KEY_TEXT_NO_GENS;
	for (unsigned id = 0; id < BTREE_ID_NR && !code; id++)
		for (unsigned level = 0; level <= l->view->roots[id].level && !code; level++) {
			l->nr = 0;
			code = view_walk_nodes(l->view, id, level, node_line, l, err);
			printf("== %s level %u: %zu nodes\n", btree_info(id)->name, level, l->nr);
			emit(&l->out);
		}
	return code;
}

static enum arb_code list_super(struct listing *l, struct arb_error *err)
{
	struct devset *d = l->view->devs;

	(void)err;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		if (!d->dev[i])
			continue;
		printf("== %s\n", strrchr(d->dev[i]->blk->name, '/') ? strrchr(d->dev[i]->blk->name, '/') + 1 : d->dev[i]->blk->name);
		sb_to_text(&l->out, &d->dev[i]->copies.v[d->dev[i]->best].sb, true, ~0u);
		emit(&l->out);
	}
	return ARB_OK;
}

static enum arb_code list_journal(struct listing *l, struct arb_error *err)
{
	struct view *v = l->view;
	enum arb_code code = journal_index(v->journal, v->devs, &v->geo, v->workers, err);

	for (size_t i = 0; i < v->journal->entries.nr && !code; i++) {
		code = journal_entry_to_text(&l->out, v->devs, &v->geo, v->journal, &v->journal->entries.v[i],
					     KEY_TEXT_RAW_NAMES | KEY_TEXT_NO_GENS, err);
		emit(&l->out);
	}
	return code;
}

static const struct { const char *name; enum arb_code (*list)(struct listing *l, struct arb_error *err); } kinds[] = {
	{ "keys", list_keys },
	{ "nodes", list_nodes },
	{ "super", list_super },
	{ "journal", list_journal },
};

static enum arb_code list_kind(struct listing *l, const char *kind, struct arb_error *err)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i].name))
			return kinds[i].list(l, err);
	return arb_fail(err, ARB_E_BAD_ARGUMENT, "no such listing: %s", kind);
}

int main(int argc, char **argv)
{
	struct listing l = { .text.flags = KEY_TEXT_FIRST_LINE | KEY_TEXT_RAW_NAMES };
	struct devset_options degraded = { .degraded = true };
	struct view_options options = { 0 };
	struct workers *workers;
	struct devset *devs;
	struct arb_error err;
	enum arb_code code;

	if (argc < 3) {
		fprintf(stderr, "usage: listing keys|nodes|super|journal DEVICE...\n");
		return 16;
	}
	if (workers_new(1, &workers, &err))
		return fail(&err);
	if (devset_open((const char *const *)argv + 2, argc - 2, &degraded, &devs, &err) ||
	    view_open(devs, workers, &options, &l.view, &err))
		return fail(&err);
	l.text.geo = &l.view->geo;
	code = list_kind(&l, argv[1], &err);
	arb_buf_free(&l.out);
	view_free(l.view);
	workers_free(workers);
	return code ? fail(&err) : l.bad ? 4 : 0;
}
