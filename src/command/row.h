/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A row of a listing, described once: named values with their types, and sentences that name them in braces. As text it is the
 * sentences; as JSON, and for Lua, an object of the values, with the sentences as "text" at its end.
 */
#ifndef ARBORIST_SRC_COMMAND_ROW_H
#define ARBORIST_SRC_COMMAND_ROW_H

#include "internal.h"

#define ROW_FIELDS_MAX 40

struct row {
	struct command_ctx *c;
	struct json	j;
	struct arb_buf	values, text;
	struct { const char *name; size_t at; bool yes; } field[ROW_FIELDS_MAX];
	unsigned	nr, outer;
};

void row_begin(struct row *r, struct command_ctx *c, const char *event);
/* Hands the row on, and frees what it holds. row_drop(): only frees it. */
void row_end(struct row *r);
void row_drop(struct row *r);

void row_str(struct row *r, const char *name, const char *value);	/* NULL: null, and empty as text */
void row_word(struct row *r, const char *name, const char *value);	/* one of ours, N_(): translated in the text only */
void row_u64(struct row *r, const char *name, uint64_t value);
void row_s64(struct row *r, const char *name, int64_t value);
void row_bytes(struct row *r, const char *name, uint64_t bytes);	/* a number; in the text "4.00 KiB" */
void row_hex(struct row *r, const char *name, uint64_t value);		/* a text of hex digits: a cookie */
void row_f3(struct row *r, const char *name, double value);
void row_bool(struct row *r, const char *name, bool value);
void row_pos(struct row *r, const char *name, struct bpos pos);
void row_btree(struct row *r, const char *name, unsigned btree);
void row_bucket(struct row *r, const char *name, unsigned dev, uint64_t bucket);	/* "DEV:N" */
void row_uuid(struct row *r, const char *name, const uint8_t *u);
void row_version(struct row *r, const char *name, unsigned version);
/* "required_passes": what the superblock asks the next mount to run. Anything? */
bool row_required(struct row *r, const struct sb *sb);
/* "btree", "level" and "pos" */
void row_place(struct row *r, unsigned btree, unsigned level, struct bpos pos);

/*
 * A line of the text. {name} is a value, {name:9} padded to 9 columns and {name:-9} the same, to the left; {name?TEXT} is TEXT, with
 * names in it, when the value is neither false, 0 nor empty, {name!TEXT} when it is.
 */
void row_say(struct row *r, const char *line);
void row_on(struct row *r, const char *words);		/* more of the line before */
void row_on_nr(struct row *r, const char *one, const char *many, uint64_t n);
void row_say_nr(struct row *r, const char *one, const char *many, uint64_t n);
/* Ready text, as an object says of itself; row_indented(): every line with @indent in front. */
void row_text(struct row *r, const char *text);
void row_indented(struct row *r, const char *text, const char *indent);
/* A line that no value stands for; in the language of the reader. */
void row_line(struct row *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Between json_array(&r->j) and its end: an object of the list, whose values the sentences do not see. */
void row_item(struct row *r);
void row_item_end(struct row *r);
void row_defects(struct row *r, const struct defects *d);	/* the list "defects" */
/* What `find` can ask of a key: see find_fields_to_json(). */
void row_key(struct row *r, const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k);
void row_pointers(struct row *r, const struct fs_geometry *geo, struct bkey_s k);	/* the list "pointers" */
/* An object of what stands in a structure, by its field table; nothing when @s is NULL or @bytes too few. */
struct fmt_struct;
void row_struct(struct row *r, const char *name, const struct fmt_struct *s, const uint8_t *base, size_t bytes);

#endif
