/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bucket DEV:N: who claims it, what is recorded and what should be, and its backpointers. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/session/buckets.h"
#include "row.h"

/* --- the bucket ------------------------------------------------------------------------------------------------------------------ */

static bool differs(const struct bucket_report *r, unsigned i)
{
	return !r->key_unreadable && bucket_field(&r->found, i) != bucket_field(&r->expected, i);
}

static void alloc_json(struct json *j, const char *name, const struct alloc_v4 *a)
{
	json_object(j, name);
	for (unsigned i = 0; bucket_field_name(i); i++) {
		ARB_BUF(b);

		bucket_field_text(&b, a, i);
		if (i)
			json_u64(j, bucket_field_name(i), bucket_field(a, i));
		else
			json_str(j, bucket_field_name(i), arb_buf_str(&b));
	}
	json_object_end(j);
}

/* One line of the table; the middle column is as wide as its head, which is longer in some languages. */
static void table_line(struct row *out, const char *name, const char *found, const char *expected, const char *head)
{
	enum { NAME = 21, FOUND = 14 };
	size_t width = 0;
	ARB_BUF(b);

	for (const char *p = head; *p; p++)
		width += ((unsigned char)*p & 0xc0) != 0x80;	/* as arb_buf_pad() counts */
	arb_buf_puts(&b, name);
	arb_buf_pad(&b, NAME);
	arb_buf_puts(&b, found);
	if (*expected)
		arb_buf_pad(&b, NAME + (width > FOUND ? width : FOUND) + 2);
	arb_buf_puts(&b, expected);
	row_text(out, arb_buf_str(&b));
}

static void field_lines(struct row *out, const struct bucket_report *r)
{
	const char *head = r->has_key ? _("found") : r->key_unreadable ? _("(unreadable)") : _("found (no key)");
	ARB_BUF(oldest);

	table_line(out, _("alloc key"), head, _("expected"), head);
	for (unsigned i = 0; bucket_field_name(i); i++) {
		ARB_BUF(name);
		ARB_BUF(found);
		ARB_BUF(expected);

		arb_buf_printf(&name, "  %s", bucket_field_name(i));
		if (r->key_unreadable)
			arb_buf_putc(&found, '?');
		else
			bucket_field_text(&found, &r->found, i);
		bucket_field_text(&expected, &r->expected, i);
		arb_buf_puts(&expected, differs(r, i) ? _("  <- differs") : "");
		table_line(out, arb_buf_str(&name), arb_buf_str(&found), arb_buf_str(&expected), head);
	}
	arb_buf_printf(&oldest, "%u", r->found.oldest_gen);
	if (!r->key_unreadable)
		table_line(out, "  oldest_gen", arb_buf_str(&oldest), "", head);
}

static void bucket_fields(struct row *out, const struct bucket_report *r)
{
	json_bool(&out->j, "has_key", r->has_key);
	json_bool(&out->j, "key_unreadable", r->key_unreadable);
	alloc_json(&out->j, "found", &r->found);
	alloc_json(&out->j, "expected", &r->expected);
	json_array(&out->j, "differs");
	for (unsigned i = 0; bucket_field_name(i); i++)
		if (differs(r, i))
			json_str(&out->j, NULL, bucket_field_name(i));
	json_array_end(&out->j);
	json_u64(&out->j, "claims", r->nr_claims);
	json_u64(&out->j, "backpointers", r->nr_backpointers);
	json_u64(&out->j, "unreadable", r->nodes_unreadable);
	field_lines(out, r);
}

static void bucket_row(struct command_ctx *c, const struct bucket_report *r)
{
	struct row out;

	row_begin(&out, c, "bucket");
	row_u64(&out, "dev", r->dev);
	row_u64(&out, "bucket", r->bucket);
	row_u64(&out, "sector", r->bucket * r->bucket_size);
	row_u64(&out, "sectors", r->bucket_size);
	row_bool(&out, "online", r->online);
	row_line(&out, "bucket %u:%llu  sectors %llu to %llu of device %u%s", r->dev, (unsigned long long)r->bucket,
		 (unsigned long long)(r->bucket * r->bucket_size), (unsigned long long)((r->bucket + 1) * r->bucket_size - 1), r->dev,
		 r->online ? "" : _(" (which is missing)"));
	if (r->nodes_unreadable)
		row_line(&out, P_("%llu node cannot be read: claims may be missing here", "%llu nodes cannot be read: claims may be missing here",
				  r->nodes_unreadable), (unsigned long long)r->nodes_unreadable);
	bucket_fields(&out, r);
	row_end(&out);
}

/* --- who claims it, and what it notes of them ------------------------------------------------------------------------------------ */

static void key_place(struct row *out, unsigned btree, unsigned level, struct bpos pos)
{
	row_place(out, btree, level, pos);
	row_on(out, "{btree} L{level} {pos}");
}

static void part(struct row *out, const struct bucket_report *r, uint64_t sector, uint64_t sectors, unsigned data_type)
{
	ARB_BUF(type);
	ARB_BUF(b);

	data_type_to_text(&type, data_type);
	json_str(&out->j, "data_type", arb_buf_str(&type));
	row_u64(out, "sector", sector);
	row_u64(out, "sectors", sectors);
	arb_buf_printf(&b, "  +%-4llu %5llu  %s  ", (unsigned long long)(sector - r->bucket * r->bucket_size), (unsigned long long)sectors, arb_buf_str(&type));
	row_text(out, arb_buf_str(&b));
}

static void begin(struct row *out, struct command_ctx *c, const char *event, const struct bucket_report *r)
{
	row_begin(out, c, event);
	row_u64(out, "dev", r->dev);
	row_u64(out, "bucket", r->bucket);
}

/* A pointer, or a stripe with a block here. */
static void claim_by_key(struct row *out, const struct bucket_report *r, const struct bucket_claim *x)
{
	key_place(out, x->c.btree, x->c.level, x->c.pos);
	row_u64(out, "gen", x->c.gen);
	row_bool(out, "cached", x->c.cached);
	row_bool(out, "unwritten", x->c.unwritten);
	row_bool(out, "stale", x->stale);
	row_bool(out, "backpointer", x->backpointer);
	row_on(out, "  gen {gen}{cached? cached}{unwritten? unwritten}");
	if (x->c.striped) {
		row_u64(out, "stripe", x->c.stripe);
		row_u64(out, "block", x->c.block);
		row_on(out, "  stripe {stripe} block {block}");
	}
	if (x->stale)
		row_on(out, ", stale: counts nowhere");
	else if (x->c.key_type && r->has_key && x->c.gen != r->found.gen)
		row_on(out, ", NOT THE GENERATION OF THE BUCKET");
}

static void claim_fields(struct row *out, const struct bucket_report *r, const struct bucket_claim *x)
{
	row_word(out, "kind", claim_kind_name(x->c.kind));
	row_bool(out, "conflict", x->conflict);
	part(out, r, x->c.sector, x->c.sectors, x->c.data_type);
	if (x->c.kind == CLAIM_POINTER || x->c.kind == CLAIM_STRIPE_BLOCK)
		claim_by_key(out, r, x);
	else
		row_on(out, "{kind}");
	row_on(out, "{conflict?, CONFLICT: another kind owns the bucket}");
	if (x->wants_backpointer && !x->backpointer)
		row_on(out, ", no backpointer");
	if (!x->text)
		return;
	row_str(out, "key", x->text);
	row_say(out, "        {key}");
}

static void backpointer_row(struct command_ctx *c, const struct bucket_report *r, const struct bucket_backpointer *x)
{
	struct row out;

	begin(&out, c, "backpointer", r);
	part(&out, r, r->bucket * r->bucket_size + (x->b.bucket_offset >> 10), x->b.bucket_len, x->b.data_type);
	key_place(&out, x->b.btree, x->b.level, x->b.pos);
	row_bool(&out, "matched", x->matched);
	row_on(&out, "{matched!, NOTHING POINTS HERE FROM THERE}");
	if (x->text)
		row_str(&out, "key", x->text);
	row_end(&out);
}

static void list_head(struct command_ctx *c, const char *event, const struct bucket_report *r, uint64_t all, size_t shown, const char *line)
{
	struct row out;

	begin(&out, c, event, r);
	row_u64(&out, "all", all);
	row_u64(&out, "shown", shown);
	row_bool(&out, "part", all > shown);
	row_say(&out, line);
	row_end(&out);
}

void bucket_brief(struct row *out, const struct bucket_report *r, size_t claims_max)
{
	size_t n = r->claims.nr < claims_max ? r->claims.nr : claims_max;

	json_object(&out->j, "bucket");
	json_u64(&out->j, "dev", r->dev);
	json_u64(&out->j, "bucket", r->bucket);
	bucket_fields(out, r);
	json_object_end(&out->j);
	row_u64(out, "claims_all", r->nr_claims);
	row_bool(out, "claims_part", r->nr_claims > n);
	row_say(out, "claims {claims_all}{claims_all?: sector in the bucket, sectors, kind, by whom}{claims_part? (the first of them)}");
	json_array(&out->j, "claims");
	for (size_t i = 0; i < n; i++) {
		row_item(out);
		claim_fields(out, r, &r->claims.v[i]);
		row_item_end(out);
	}
	json_array_end(&out->j);
}

static void report_rows(struct command_ctx *c, const struct bucket_report *r)
{
	struct row out;

	bucket_row(c, r);
	list_head(c, "bucket_claims", r, r->nr_claims, r->claims.nr,
		  N_("claims {all}{all?: sector in the bucket, sectors, kind, by whom}{part? (the first {shown})}"));
	for (size_t i = 0; i < r->claims.nr; i++) {
		begin(&out, c, "claim", r);
		claim_fields(&out, r, &r->claims.v[i]);
		row_end(&out);
	}
	list_head(c, "bucket_backpointers", r, r->nr_backpointers, r->backpointers.nr,
		  N_("backpointers {all}{all?: sector in the bucket, sectors, kind, to whom}{part? (the first {shown})}"));
	for (size_t i = 0; i < r->backpointers.nr; i++)
		backpointer_row(c, r, &r->backpointers.v[i]);
}

enum arb_code cmd_bucket(struct command_ctx *c, struct arb_error *err)
{
	struct bucket_report *r = NULL;
	uint64_t bucket = 0;
	unsigned dev = 0;
	enum arb_code code = arg_bucket(c->argv[0], &dev, &bucket, err);

	code = code ? code : session_bucket(c->session, dev, bucket, &r, err);
	if (code)
		return code;
	report_rows(c, r);
	bucket_report_free(r);
	return ARB_OK;
}
