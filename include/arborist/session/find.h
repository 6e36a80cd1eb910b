/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Searching keys with an expression: tests joined by and, or, not and brackets. A test is a field, a comparison and a value; a
 * word alone is looked for in the key's text. find_grammar() says it all, for help and manual.
 */
#ifndef ARBORIST_SESSION_FIND_H
#define ARBORIST_SESSION_FIND_H

#include "arborist/base/json.h"
#include "arborist/btree/view.h"

struct find;
enum arb_code find_parse(const char *text, struct find **ret, struct arb_error *err);
void find_free(struct find *f);
/* Has @text a field and a comparison in it, so that it is more than a word to look for? */
bool find_is_expression(const char *text);
/* Does a key of a level-@level node match? @f keeps working memory: one thread at a time. */
bool find_match(struct find *f, const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k);

struct find_port {
	enum arb_code	(*key)(void *arg, unsigned btree, unsigned level, struct bkey_s k);	/* a match; other than ARB_OK ends it */
	enum arb_code	(*bad)(void *arg, unsigned btree, unsigned level, struct bkey_s ptr, const struct defects *d);	/* may be NULL */
	enum arb_code	(*step)(void *arg);		/* now and then; may be NULL */
	void		*arg;
	unsigned	from_btree;			/* leave out what stands before this: zeroes for everything */
	struct bpos	from;
};
/*
 * Every key of the view that matches, by btree, level (leaves first; interior nodes only when the expression asks for levels or
 * pointers) and position. Parts of btrees that cannot match are not read.
 */
enum arb_code find_run(struct find *f, struct view *v, const struct find_port *port, struct arb_error *err);
/* Where matches can lie at all. False: the expression says nothing about it. */
bool find_covers(const struct find *f, unsigned btree, unsigned level, struct bpos *ret_start, struct bpos *ret_end);

/* The field of the table at @i, and what it means; NULL after the last. For help and completion. */
const char *find_field_name(size_t i);
const char *find_field_help(size_t i);

/*
 * Members of an object that is begun: "btree", "level", "pos", "type", and every field that this key has, by its name: numbers, yes
 * and no, and names of types and buckets as they are written in an expression. What is told of pointers stands in a list "pointers",
 * an object for each.
 */
void find_fields_to_json(struct json *j, const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k);
void find_pointers_to_json(struct json *j, const struct fs_geometry *geo, struct bkey_s k);

#endif
