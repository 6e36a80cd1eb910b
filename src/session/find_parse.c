/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a line to the terms of a search: or binds weakest, then and (which may be left out), then not and brackets. */
#include <config.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include "arborist/base/i18n.h"
#include "arborist/format/alloc.h"
#include "arborist/format/dirent.h"
#include "arborist/format/key_type.h"
#include "find_tree.h"

struct parser {
	const char	*p;
	struct find	*f;
	unsigned	depth;
	struct arb_error *err;
};

static const struct { const char *sign; enum find_cmp cmp; } signs[] = {	/* longer ones first */
	{ "!=", FIND_NE }, { "<=", FIND_LE }, { ">=", FIND_GE }, { "==", FIND_EQ }, { "=", FIND_EQ }, { "<", FIND_LT },
	{ ">", FIND_GT }, { "~", FIND_HAS },
};

static enum arb_code bad(struct parser *x, const char *what, const char *found)
{
	return arb_fail(x->err, ARB_E_BAD_ARGUMENT, "%s, found \"%.40s\"; help find says what can be asked", what, found);
}

static enum arb_code new_term(struct parser *x, enum find_kind kind, unsigned *ret)
{
	if (x->f->nr == FIND_TERMS_MAX)
		return arb_fail(x->err, ARB_E_BAD_ARGUMENT, "more than %u parts in a search", FIND_TERMS_MAX);
	*ret = x->f->nr;
	x->f->term[x->f->nr++] = (struct find_term){ .kind = kind };
	return ARB_OK;
}

static void blanks(struct parser *x)
{
	while (isspace((unsigned char)*x->p))
		x->p++;
}

/* Is the next word @w? It is taken then. */
static bool word(struct parser *x, const char *w)
{
	size_t n = strlen(w);

	blanks(x);
	if (strncmp(x->p, w, n) || (x->p[n] && !isspace((unsigned char)x->p[n]) && x->p[n] != '(' && x->p[n] != ')'))
		return false;
	x->p += n;
	return true;
}

/* A value: up to a blank or a bracket that closes, or between quotes. */
static bool value(struct parser *x, struct arb_buf *out)
{
	char quote = *x->p == '"' || *x->p == '\'' ? *x->p++ : 0;

	while (*x->p && (quote ? *x->p != quote : !isspace((unsigned char)*x->p) && *x->p != ')' && *x->p != '('))
		arb_buf_putc(out, *x->p++);
	if (quote && *x->p != quote)
		return false;
	x->p += quote != 0;
	return quote || out->len;
}

/* --- values ------------------------------------------------------------------------------------------------------------- */

static bool plain_number(const char *s, uint64_t *ret)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	unsigned shift = 0;
	unsigned long long v;

	if (*s < '0' || *s > '9') {
		*ret = UINT32_MAX;
		if (!strcmp(s, "U32_MAX"))
			return true;
		*ret = UINT64_MAX;
		return !strcmp(s, "U64_MAX");
	}
	errno = 0;
	v = strtoull(s, &end, s[0] == '0' && s[1] >= '0' && s[1] <= '7' ? 8 : 0);
	if (*end && (unit = strchr(units, toupper((unsigned char)*end)))) {
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
	}
	if (errno || *end || (shift && v > UINT64_MAX >> shift))
		return false;
	*ret = (uint64_t)v << shift;
	return true;
}

static bool number(const char *s, const struct find_field *f, uint64_t *ret)
{
	unsigned id;

	switch (f->value) {
	case FIND_TYPE:
		if (!bkey_type_parse(s, &id))
			return false;
		*ret = id;
		return true;
	case FIND_BTREE:
		if (!btree_id_parse(s, &id))
			return false;
		*ret = id;
		return true;
	case FIND_DATA_TYPE:
	case FIND_DIRENT_TYPE:
		for (unsigned i = 0; i < 32; i++) {
			const char *name = f->value == FIND_DATA_TYPE ? data_type_name(i) : dirent_type_name(i);

			if (name && !strcmp(name, s))
				return *ret = i, true;
		}
		return plain_number(s, ret);
	default:
		return plain_number(s, ret);
	}
}

/* Both ends of LO..HI, or the same value twice. */
static bool split_range(char *s, const char **hi)
{
	char *dots = strstr(s, "..");

	*hi = s;
	if (!dots)
		return false;
	*dots = '\0';
	*hi = dots + 2;
	return true;
}

static void open_end(const char *s, struct bpos *p)
{
	const char *first = strchr(s, ':');

	if (*s < '0' || *s > '9')
		return;
	if (!first)
		p->offset = UINT64_MAX;
	if (!first || !strchr(first + 1, ':'))
		p->snapshot = UINT32_MAX;
}

static enum arb_code pos_value(struct parser *x, struct find_term *t, char *s)
{
	const char *hi;

	t->range = true;
	split_range(s, &hi);
	if (!bpos_parse(s, &t->start) || !bpos_parse(hi, &t->end))
		return bad(x, "expected a position inode:offset:snapshot or START..END", s);
	open_end(hi, &t->end);
	return ARB_OK;
}

static enum arb_code bucket_value(struct parser *x, struct find_term *t, char *s)
{
	char *colon = strchr(s, ':');
	const char *hi;
	uint64_t dev;

	if (!colon)
		return bad(x, "expected a bucket DEV:N", s);
	*colon = '\0';
	t->range = split_range(colon + 1, &hi);
	if (!plain_number(s, &dev) || dev > UINT8_MAX || !plain_number(colon + 1, &t->lo) || !plain_number(hi, &t->hi) ||
	    t->lo >> 48 || t->hi >> 48)
		return bad(x, "expected a bucket DEV:N or DEV:N..M", s);
	t->lo = lru_dev_bucket((unsigned)dev, t->lo);
	t->hi = lru_dev_bucket((unsigned)dev, t->hi);
	return ARB_OK;
}

static enum arb_code test_value(struct parser *x, struct find_term *t, struct arb_buf *b)
{
	char *s = t->text = arb_buf_steal(b);
	const char *hi;
	ARB_BUF(what);

	if (!s)
		return arb_fail(x->err, ARB_E_NOMEM, "out of memory");
	if (t->field->value == FIND_TEXT) {
		if (t->cmp != FIND_HAS && t->cmp != FIND_EQ && t->cmp != FIND_NE)
			return bad(x, "a text can be compared with =, != and ~ only", s);
		return ARB_OK;
	}
	if (t->cmp == FIND_HAS)
		return bad(x, "~ looks for a text: it goes with name and text", t->field->name);
	if (t->field->value == FIND_POS)
		return pos_value(x, t, s);
	if (t->field->value == FIND_BUCKET)
		return bucket_value(x, t, s);
	t->range = split_range(s, &hi);
	if (number(s, t->field, &t->lo) && number(hi, t->field, &t->hi))
		return ARB_OK;
	arb_buf_printf(&what, "%s: expected %s", t->field->name, t->field->value == FIND_TYPE ? _("a key type") :
		       t->field->value == FIND_BTREE ? _("a btree") : t->field->value == FIND_NUMBER ? _("a number or a range") : _("a name or a number"));
	return bad(x, arb_buf_str(&what), s);
}

/* --- terms ------------------------------------------------------------------------------------------------------------------ */

static size_t sign_at(const char *p, enum find_cmp *ret)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (!strncmp(p, signs[i].sign, strlen(signs[i].sign))) {
			*ret = signs[i].cmp;
			return strlen(signs[i].sign);
		}
	return 0;
}

/* FIELD SIGN at the front of @p, blanks around the sign allowed. Returns what follows; NULL when it is not that. */
static const char *field_and_sign(const char *p, size_t *ret_n, enum find_cmp *cmp)
{
	size_t n = 0, sign;

	while (isalnum((unsigned char)p[n]) || p[n] == '_' || (n && p[n] == '.'))	/* a dot: no field, but meant as one */
		n++;
	*ret_n = n;
	if (!n)
		return NULL;
	p += n;
	while (isspace((unsigned char)*p))
		p++;
	sign = sign_at(p, cmp);
	if (!sign)
		return NULL;
	p += sign;
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

/* "ptr.dev" is answered with dev. */
static enum arb_code no_field(struct parser *x, const char *name, size_t n)
{
	size_t last = n;
	ARB_BUF(near);

	while (last && name[last - 1] != '.')
		last--;
	if (!find_field(name + last, n - last))
		return arb_fail(x->err, ARB_E_BAD_ARGUMENT, "there is no field \"%.*s\" to search; help find lists them", (int)(n < 40 ? n : 40), name);
	arb_buf_mem(&near, name + last, n - last);
	return arb_fail(x->err, ARB_E_BAD_ARGUMENT, "there is no field \"%.*s\" to search; did you mean %s?", (int)(n < 40 ? n : 40), name, arb_buf_str(&near));
}

static enum arb_code parse_test(struct parser *x, unsigned *ret)
{
	enum arb_code code = new_term(x, FIND_TEST, ret);
	enum find_cmp cmp = FIND_HAS;
	const char *start = x->p, *rest;
	struct find_term *t;
	size_t n;
	ARB_BUF(b);

	if (code)
		return code;
	t = &x->f->term[*ret];
	rest = field_and_sign(x->p, &n, &cmp);
	if (rest) {
		t->field = find_field(x->p, n);
		if (!t->field)
			return no_field(x, x->p, n);
		x->p = rest;
	}
	t->cmp = cmp;
	if (!value(x, &b))
		return bad(x, rest ? _("expected a value") : _("expected a field, a word or a bracket"), start);
	if (rest)
		return test_value(x, t, &b);
	t->text = arb_buf_steal(&b);
	return t->text ? ARB_OK : arb_fail(x->err, ARB_E_NOMEM, "out of memory");
}

static enum arb_code parse_or(struct parser *x, unsigned *ret);

static enum arb_code parse_not(struct parser *x, unsigned *ret)
{
	enum arb_code code;
	unsigned inner;

	if (++x->depth > FIND_DEPTH_MAX)
		return arb_fail(x->err, ARB_E_BAD_ARGUMENT, "brackets and nots more than %d deep", FIND_DEPTH_MAX);
	blanks(x);
	if (word(x, "not") || (*x->p == '!' && x->p[1] != '=' && x->p++)) {
		code = parse_not(x, &inner);
		code = code ? code : new_term(x, FIND_NOT, ret);
		if (!code)
			x->f->term[*ret].left = inner;
	} else if (*x->p == '(') {
		x->p++;
		code = parse_or(x, ret);
		blanks(x);
		if (!code && *x->p++ != ')')
			code = bad(x, "a bracket is not closed", x->p - 1);
	} else {
		code = parse_test(x, ret);
	}
	x->depth--;
	return code;
}

static bool at_end_of_and(struct parser *x)
{
	const char *p;
	bool end;

	blanks(x);
	p = x->p;
	end = !*p || *p == ')' || word(x, "or");
	x->p = p;
	return end;
}

static enum arb_code join(struct parser *x, enum find_kind kind, unsigned right, unsigned *ret)
{
	unsigned left = *ret;
	enum arb_code code = new_term(x, kind, ret);

	if (!code) {
		x->f->term[*ret].left = left;
		x->f->term[*ret].right = right;
	}
	return code;
}

static enum arb_code parse_and(struct parser *x, unsigned *ret)
{
	enum arb_code code = parse_not(x, ret);
	unsigned right;

	while (!code && !at_end_of_and(x)) {
		word(x, "and");
		code = parse_not(x, &right);
		code = code ? code : join(x, FIND_AND, right, ret);
	}
	return code;
}

static enum arb_code parse_or(struct parser *x, unsigned *ret)
{
	enum arb_code code = parse_and(x, ret);
	unsigned right;

	while (!code && word(x, "or")) {
		code = parse_and(x, &right);
		code = code ? code : join(x, FIND_OR, right, ret);
	}
	return code;
}

enum arb_code find_parse(const char *text, struct find **ret, struct arb_error *err)
{
	struct parser x = { .p = text, .f = calloc(1, sizeof(*x.f)), .err = err };
	enum arb_code code = x.f ? parse_or(&x, &x.f->root) : arb_fail(err, ARB_E_NOMEM, "out of memory");

	if (!code) {
		blanks(&x);
		if (*x.p)
			code = bad(&x, "expected the end of the search", x.p);
	}
	if (code) {
		find_free(x.f);
		return code;
	}
	x.f->bounds = find_bounds_of(x.f, x.f->root);
	*ret = x.f;
	return ARB_OK;
}

void find_free(struct find *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < f->nr; i++)
		free(f->term[i].text);
	arb_buf_free(&f->scratch.text);
	free(f);
}

bool find_is_expression(const char *text)
{
	enum find_cmp cmp;
	size_t n;

	for (const char *p = text; *p; p++)
		if ((p == text || strchr(" \t(!", p[-1])) && field_and_sign(p, &n, &cmp) && find_field(p, n))
			return true;
	return false;
}
