/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bucket DEV:N: who claims it, what is recorded and what should be, and its backpointers. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/session/buckets.h"
#include "row.h"

static enum arb_code parse(const char *arg, unsigned *ret_dev, uint64_t *ret_bucket, struct arb_error *err)
{
	const char *colon = strchr(arg, ':');
	uint64_t dev = 0;
	ARB_BUF(word);

	arb_buf_mem(&word, arg, colon ? (size_t)(colon - arg) : strlen(arg));
	if (!colon || arg_number(arb_buf_str(&word), SB_MEMBERS_MAX - 1, &dev, err) || arg_number(colon + 1, UINT64_MAX, ret_bucket, err))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\" is not a bucket; expected DEV:N, a member number and the number of a bucket, as in 0:17", arg);
	*ret_dev = (unsigned)dev;
	return ARB_OK;
}

static void key_place(struct arb_buf *out, unsigned btree, unsigned level, struct bpos pos)
{
	btree_id_to_text(out, btree);
	arb_buf_printf(out, " L%u ", level);
	bpos_to_text(out, pos);
}

/* --- text ------------------------------------------------------------------------------------------------------------------------ */

static void heading(struct command_ctx *c, const struct bucket_report *r)
{
	uint64_t first = r->bucket * r->bucket_size;

	cmd_line(c, "bucket %u:%llu  sectors %llu to %llu of device %u%s", r->dev, (unsigned long long)r->bucket, (unsigned long long)first,
		 (unsigned long long)(first + r->bucket_size - 1), r->dev, r->online ? "" : _(" (which is missing)"));
	if (r->nodes_unreadable)
		cmd_line(c, P_("%llu node cannot be read: claims may be missing here", "%llu nodes cannot be read: claims may be missing here",
			       r->nodes_unreadable), (unsigned long long)r->nodes_unreadable);
}

static bool differs(const struct bucket_report *r, unsigned i)
{
	return !r->key_unreadable && bucket_field(&r->found, i) != bucket_field(&r->expected, i);
}

/* One line of the table; the middle column is as wide as its head, which is longer in some languages. */
static void table_line(struct command_ctx *c, const char *name, const char *found, const char *expected, const char *head)
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
	cmd_line(c, "%s%s", arb_buf_str(&b), expected);
}

static void fields(struct command_ctx *c, const struct bucket_report *r)
{
	const char *head = r->has_key ? _("found") : r->key_unreadable ? _("(unreadable)") : _("found (no key)");

	table_line(c, _("alloc key"), head, _("expected"), head);
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
		table_line(c, arb_buf_str(&name), arb_buf_str(&found), arb_buf_str(&expected), head);
	}
	if (!r->key_unreadable) {
		ARB_BUF(oldest);

		arb_buf_printf(&oldest, "%u", r->found.oldest_gen);
		table_line(c, "  oldest_gen", arb_buf_str(&oldest), "", head);
	}
}

static void remarks(struct arb_buf *b, const struct bucket_report *r, const struct bucket_claim *x)
{
	if (x->stale)
		arb_buf_puts(b, _(", stale: counts nowhere"));
	else if (x->c.key_type && r->has_key && x->c.gen != r->found.gen)
		arb_buf_puts(b, _(", NOT THE GENERATION OF THE BUCKET"));
	if (x->conflict)
		arb_buf_puts(b, _(", CONFLICT: another kind owns the bucket"));
	if (x->wants_backpointer && !x->backpointer)
		arb_buf_puts(b, _(", no backpointer"));
}

static void claim_lines(struct command_ctx *c, const struct bucket_report *r, const struct bucket_claim *x)
{
	ARB_BUF(b);

	arb_buf_printf(&b, "  +%-4llu %5llu  ", (unsigned long long)(x->c.sector - r->bucket * r->bucket_size), (unsigned long long)x->c.sectors);
	data_type_to_text(&b, x->c.data_type);
	arb_buf_puts(&b, "  ");
	if (x->c.kind == CLAIM_POINTER || x->c.kind == CLAIM_STRIPE_BLOCK) {
		key_place(&b, x->c.btree, x->c.level, x->c.pos);
		arb_buf_printf(&b, _("  gen %u%s%s"), x->c.gen, x->c.cached ? _(" cached") : "", x->c.unwritten ? _(" unwritten") : "");
	} else {
		arb_buf_puts(&b, _(claim_kind_name(x->c.kind)));
	}
	if (x->c.striped)
		arb_buf_printf(&b, _("  stripe %llu block %u"), (unsigned long long)x->c.stripe, x->c.block);
	remarks(&b, r, x);
	cmd_line(c, "%s", arb_buf_str(&b));
	if (x->text)
		cmd_line(c, "        %s", x->text);
}

static void backpointer_line(struct command_ctx *c, const struct bucket_backpointer *x)
{
	ARB_BUF(b);

	arb_buf_printf(&b, "  +%-4llu %5u  ", (unsigned long long)(x->b.bucket_offset >> 10), x->b.bucket_len);
	data_type_to_text(&b, x->b.data_type);
	arb_buf_puts(&b, "  ");
	key_place(&b, x->b.btree, x->b.level, x->b.pos);
	cmd_line(c, "%s%s", arb_buf_str(&b), x->matched ? "" : _(", NOTHING POINTS HERE FROM THERE"));
}

static void more(struct command_ctx *c, uint64_t all, size_t shown)
{
	if (all > shown)
		cmd_line(c, "  and %llu more", (unsigned long long)(all - shown));
}

static void report_text(struct command_ctx *c, const struct bucket_report *r)
{
	heading(c, r);
	fields(c, r);
	cmd_line(c, "claims %llu%s", (unsigned long long)r->nr_claims, r->nr_claims ? _(": sector in the bucket, sectors, kind, by whom") : "");
	for (size_t i = 0; i < r->claims.nr; i++)
		claim_lines(c, r, &r->claims.v[i]);
	more(c, r->nr_claims, r->claims.nr);
	cmd_line(c, "backpointers %llu%s", (unsigned long long)r->nr_backpointers, r->nr_backpointers ? _(": sector in the bucket, sectors, kind, to whom") : "");
	for (size_t i = 0; i < r->backpointers.nr; i++)
		backpointer_line(c, &r->backpointers.v[i]);
	more(c, r->nr_backpointers, r->backpointers.nr);
}

void bucket_brief(struct command_ctx *c, const struct bucket_report *r, size_t claims_max)
{
	fields(c, r);
	cmd_line(c, "claims %llu%s", (unsigned long long)r->nr_claims, r->nr_claims ? _(": sector in the bucket, sectors, kind, by whom") : "");
	for (size_t i = 0; i < r->claims.nr && i < claims_max; i++)
		claim_lines(c, r, &r->claims.v[i]);
	more(c, r->nr_claims, r->claims.nr < claims_max ? r->claims.nr : claims_max);
}

/* --- JSON ------------------------------------------------------------------------------------------------------------------------- */

static void begin(struct json *j, const char *event, const struct bucket_report *r)
{
	json_begin(j);
	json_str(j, "event", event);
	json_u64(j, "dev", r->dev);
	json_u64(j, "bucket", r->bucket);
}

static void end(struct command_ctx *c, struct json *j)
{
	json_end(j);
	cmd_event(c, j);
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

static void place_json(struct json *j, unsigned btree, unsigned level, struct bpos pos)
{
	ARB_BUF(b);

	btree_id_to_text(&b, btree);
	json_str(j, "btree", arb_buf_str(&b));
	json_u64(j, "level", level);
	arb_buf_reset(&b);
	bpos_to_text(&b, pos);
	json_str(j, "pos", arb_buf_str(&b));
}

static void type_json(struct json *j, unsigned type)
{
	ARB_BUF(b);

	data_type_to_text(&b, type);
	json_str(j, "data_type", arb_buf_str(&b));
}

static void bucket_event(struct command_ctx *c, const struct bucket_report *r)
{
	struct json j = { 0 };

	begin(&j, "bucket", r);
	json_u64(&j, "sector", r->bucket * r->bucket_size);
	json_u64(&j, "sectors", r->bucket_size);
	json_bool(&j, "online", r->online);
	json_bool(&j, "has_key", r->has_key);
	json_bool(&j, "key_unreadable", r->key_unreadable);
	alloc_json(&j, "found", &r->found);
	alloc_json(&j, "expected", &r->expected);
	json_array(&j, "differs");
	for (unsigned i = 0; bucket_field_name(i); i++)
		if (differs(r, i))
			json_str(&j, NULL, bucket_field_name(i));
	json_array_end(&j);
	json_u64(&j, "claims", r->nr_claims);
	json_u64(&j, "backpointers", r->nr_backpointers);
	json_u64(&j, "unreadable", r->nodes_unreadable);
	end(c, &j);
}

static void claim_event(struct command_ctx *c, const struct bucket_report *r, const struct bucket_claim *x)
{
	struct json j = { 0 };

	begin(&j, "claim", r);
	json_str(&j, "kind", claim_kind_name(x->c.kind));
	type_json(&j, x->c.data_type);
	json_u64(&j, "sector", x->c.sector);
	json_u64(&j, "sectors", x->c.sectors);
	if (x->c.kind == CLAIM_POINTER || x->c.kind == CLAIM_STRIPE_BLOCK) {
		place_json(&j, x->c.btree, x->c.level, x->c.pos);
		json_u64(&j, "gen", x->c.gen);
		json_bool(&j, "cached", x->c.cached);
		json_bool(&j, "stale", x->stale);
		json_bool(&j, "backpointer", x->backpointer);
	}
	if (x->c.striped) {
		json_u64(&j, "stripe", x->c.stripe);
		json_u64(&j, "block", x->c.block);
	}
	json_bool(&j, "conflict", x->conflict);
	if (x->text)
		json_str(&j, "text", x->text);
	end(c, &j);
}

static void backpointer_event(struct command_ctx *c, const struct bucket_report *r, const struct bucket_backpointer *x)
{
	struct json j = { 0 };

	begin(&j, "backpointer", r);
	type_json(&j, x->b.data_type);
	json_u64(&j, "sector", r->bucket * r->bucket_size + (x->b.bucket_offset >> 10));
	json_u64(&j, "sectors", x->b.bucket_len);
	place_json(&j, x->b.btree, x->b.level, x->b.pos);
	json_bool(&j, "matched", x->matched);
	if (x->text)
		json_str(&j, "text", x->text);
	end(c, &j);
}

static void report_events(struct command_ctx *c, const struct bucket_report *r)
{
	bucket_event(c, r);
	for (size_t i = 0; i < r->claims.nr; i++)
		claim_event(c, r, &r->claims.v[i]);
	for (size_t i = 0; i < r->backpointers.nr; i++)
		backpointer_event(c, r, &r->backpointers.v[i]);
}

enum arb_code cmd_bucket(struct command_ctx *c, struct arb_error *err)
{
	struct bucket_report *r = NULL;
	uint64_t bucket = 0;
	unsigned dev = 0;
	enum arb_code code = parse(c->argv[0], &dev, &bucket, err);

	code = code ? code : session_bucket(c->session, dev, bucket, &r, err);
	if (code)
		return code;
	if (cmd_wants_events(c))
		report_events(c, r);
	else
		report_text(c, r);
	bucket_report_free(r);
	return ARB_OK;
}
