/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rows of several commands hold: lists, defects, structures by their field tables, the fields of keys. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "arborist/format/fields.h"
#include "arborist/session/describe.h"
#include "arborist/session/find.h"
#include "row.h"

void row_uuid(struct row *r, const char *name, const uint8_t *u)
{
	ARB_BUF(b);

	sb_uuid_to_text(&b, u);
	row_str(r, name, arb_buf_str(&b));
}

void row_version(struct row *r, const char *name, unsigned version)
{
	ARB_BUF(b);

	sb_version_to_text(&b, version);
	row_str(r, name, arb_buf_str(&b));
}

bool row_required(struct row *r, const struct sb *sb)
{
	uint64_t required = sb_required_passes(sb);
	ARB_BUF(b);

	recovery_passes_to_text(&b, required, ", ");
	row_str(r, "required_passes", required ? arb_buf_str(&b) : NULL);
	return required;
}

/* "0:17", as `bucket` takes it. */
void row_bucket(struct row *r, const char *name, unsigned dev, uint64_t bucket)
{
	char text[48];

	snprintf(text, sizeof(text), "%u:%llu", dev, (unsigned long long)bucket);
	row_str(r, name, text);
}

void row_item(struct row *r)
{
	r->outer = r->nr;
	json_object(&r->j, NULL);
}

void row_item_end(struct row *r)
{
	r->nr = r->outer;
	json_object_end(&r->j);
}

void row_defects(struct row *r, const struct defects *d)
{
	json_array(&r->j, "defects");
	for (size_t i = 0; d && i < d->list.nr; i++) {
		const struct defect *x = &d->list.v[i];

		row_item(r);
		row_str(r, "what", x->text);
		row_str(r, "severity", describe_severity(x->severity));
		if (x->dev != DEV_NONE) {
			row_u64(r, "dev", x->dev);
			row_u64(r, "sector", x->sector);
			row_u64(r, "offset", x->offset);
		}
		row_item_end(r);
	}
	json_array_end(&r->j);
}

static void field_value(struct json *j, const struct fmt_field *f, const uint8_t *base)
{
	ARB_BUF(b);

	switch (f->kind) {
	case FMT_UINT:
		json_u64(j, f->name, fmt_get(f, base));
		return;
	case FMT_UUID:
		sb_uuid_to_text(&b, base + f->offset);
		break;
	case FMT_TEXT:
		text_gate(&b, base + f->offset, strnlen((const char *)base + f->offset, f->bytes), TEXT_UTF8);
		break;
	case FMT_CSUM:
		for (unsigned i = 0; i < f->bytes; i++)
			arb_buf_printf(&b, "%02x", base[f->offset + i]);
		break;
	default:
		return;
	}
	json_str(j, f->name, arb_buf_str(&b));
}

void row_struct(struct row *r, const char *name, const struct fmt_struct *s, const uint8_t *base, size_t bytes)
{
	if (!s || bytes < s->bytes)
		return;
	json_object(&r->j, name);
	for (unsigned i = 0; i < s->nr; i++)
		if ((size_t)s->field[i].offset + s->field[i].bytes <= bytes)
			field_value(&r->j, &s->field[i], base);
	json_object_end(&r->j);
}

void row_key(struct row *r, const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k)
{
	find_fields_to_json(&r->j, geo, btree, level, k);
}

void row_pointers(struct row *r, const struct fs_geometry *geo, struct bkey_s k)
{
	find_pointers_to_json(&r->j, geo, k);
}
