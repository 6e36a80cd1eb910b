/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of a key as members of a JSON object: the same rows that searches ask. */
#include <config.h>
#include <stdio.h>
#include "arborist/base/text.h"
#include "arborist/format/dirent.h"
#include "arborist/format/enums.h"
#include "find_tree.h"

static const char *name_of(const struct find_field *f, uint64_t v)
{
	switch (f->value) {
	case FIND_DATA_TYPE:
		return v < DATA_TYPE_NR ? data_type_name((unsigned)v) : NULL;
	case FIND_DIRENT_TYPE:
		return dirent_type_name((unsigned)v);
	default:
		return NULL;
	}
}

static void put_value(struct json *j, const struct find_field *f, uint64_t v)
{
	const char *name = name_of(f, v);
	char bucket[48];

	if (name) {
		json_str(j, f->name, name);
	} else if (f->flags & FIND_YES_NO) {
		json_bool(j, f->name, v);
	} else if (f->value == FIND_BUCKET) {
		snprintf(bucket, sizeof(bucket), "%llu:%llu", (unsigned long long)(v >> 48), (unsigned long long)(v & ((1ull << 48) - 1)));
		json_str(j, f->name, v == FIND_NOT_A_BUCKET ? NULL : bucket);
	} else {
		json_u64(j, f->name, v);
	}
}

static void put_fields(struct json *j, const struct find_subject *s, unsigned nth, unsigned flag)
{
	for (size_t i = 0; i < find_fields_nr; i++) {
		const struct find_field *f = &find_fields[i];
		uint64_t v;

		if (f->get && (f->flags & (FIND_OF_POINTER | FIND_OF_PLACE)) == flag && f->get(s, nth, &v))
			put_value(j, f, v);
	}
}

static unsigned nr_pointers(struct bkey_s k)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	unsigned nr = 0;

	while (extent_next_ptr(k, &it, &p))
		nr++;
	return nr;
}

static void put_pointers(struct json *j, const struct find_subject *s, unsigned nr)
{
	json_array(j, "pointers");
	for (unsigned i = 0; i < nr; i++) {
		json_object(j, NULL);
		put_fields(j, s, i, FIND_OF_POINTER);
		json_object_end(j);
	}
	json_array_end(j);
}

void find_pointers_to_json(struct json *j, const struct fs_geometry *geo, struct bkey_s k)
{
	struct find_subject s = { .geo = geo, .level = 1, .k = k };

	put_pointers(j, &s, nr_pointers(k));
}

static void put_place(struct json *j, const struct find_subject *s)
{
	ARB_BUF(b);

	btree_id_to_text(&b, s->btree);
	json_str(j, "btree", arb_buf_str(&b));
	json_u64(j, "level", s->level);
	arb_buf_reset(&b);
	bpos_to_text(&b, s->k.k.p);
	json_str(j, "pos", arb_buf_str(&b));
	json_str(j, "type", bkey_type_name(s->k.k.type) ? bkey_type_name(s->k.k.type) : "unknown");
}

static void put_name(struct json *j, struct bkey_s k)
{
	ARB_BUF(b);

	if (find_key_name(k, &b))
		json_str(j, "name", arb_buf_str(&b));
}

void find_fields_to_json(struct json *j, const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k)
{
	struct find_subject s = { .geo = geo, .btree = btree, .level = level, .k = k };
	unsigned nr = nr_pointers(k);

	put_place(j, &s);
	put_fields(j, &s, 0, 0);
	put_name(j, k);
	if (nr)
		put_pointers(j, &s, nr);
	else
		put_fields(j, &s, 0, FIND_OF_POINTER);
}
