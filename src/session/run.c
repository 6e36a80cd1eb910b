/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running passes by name: "PASS[:BTREE[:START..END]]". */
#include <config.h>
#include "internal.h"

struct spec {
	const struct pass *pass;
	struct pass_scope scope;
};

static enum arb_code range_parse(const char *text, struct pass_scope *scope, struct arb_error *err)
{
	ARB_BUF(from);
	const char *dots = strstr(text, "..");

	if (!dots)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "expected a range START..END, found \"%s\"", text);
	arb_buf_mem(&from, text, dots - text);
	if (!bpos_parse(arb_buf_str(&from), &scope->start))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\" is not a position (inode:offset:snapshot)", arb_buf_str(&from));
	if (!bpos_parse(dots + 2, &scope->end))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\" is not a position (inode:offset:snapshot)", dots + 2);
	/* "4097" as an end means all of inode 4097 */
	if (!strchr(dots + 2, ':') && scope->end.inode != UINT64_MAX && !scope->end.offset)
		scope->end = BPOS(scope->end.inode, UINT64_MAX, UINT32_MAX);
	if (bpos_lt(scope->end, scope->start))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "the range %s ends before it begins", text);
	return ARB_OK;
}

static enum arb_code spec_parse(const char *text, struct spec *ret, struct arb_error *err)
{
	ARB_BUF(name);
	ARB_BUF(btree);
	const char *colon = strchr(text, ':'), *range;

	*ret = (struct spec){ .scope = { .start = POS_MIN, .end = SPOS_MAX } };
	arb_buf_mem(&name, text, colon ? (size_t)(colon - text) : strlen(text));
	ret->pass = pass_by_name(arb_buf_str(&name));
	if (!ret->pass && recovery_pass_by_name(arb_buf_str(&name)))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "arborist does not have the pass %s; the kernel runs it at mount",
				arb_buf_str(&name));
	if (!ret->pass)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no pass \"%s\"; `passes` lists them", arb_buf_str(&name));
	if (!colon)
		return ARB_OK;
	ret->scope.restricted = true;
	range = strchr(colon + 1, ':');
	arb_buf_mem(&btree, colon + 1, range ? (size_t)(range - colon - 1) : strlen(colon + 1));
	if (!btree_id_parse(arb_buf_str(&btree), &ret->scope.btree))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no btree \"%s\"; `btrees` lists them", arb_buf_str(&btree));
	return range ? range_parse(range + 1, &ret->scope, err) : ARB_OK;
}

/* For the re-check; each spec once. */
static bool remember(struct session *s, const char *spec)
{
	char **p;

	for (size_t i = 0; i < s->ran.nr; i++)
		if (!strcmp(s->ran.v[i], spec))
			return true;
	p = (char **)arb_array_push(&s->ran);
	if (!p)
		return false;
	*p = strdup(spec);
	return *p;
}

enum arb_code session_remember_spec(struct session *s, const char *spec, struct arb_error *err)
{
	struct spec parsed;
	enum arb_code code = spec_parse(spec, &parsed, err);

	if (!code && !remember(s, spec))
		code = arb_fail(err, ARB_E_NOMEM, "out of memory");
	return code;
}

static enum arb_code run_all(struct session *s, const struct pass_scope *scope, struct arb_error *err)
{
	enum arb_code code;

	s->scope = *scope;
	s->port.scan_reach = (enum scan_reach)session_setting(s, SETTING_SCAN);
	code = pass_run_all(s->passes, scope, &s->port, err);
	passes_watch(s);
	memset(&s->scope, 0, sizeof(s->scope));
	state_publish(s, true);
	return code;
}

static enum arb_code run_default(struct session *s, struct arb_error *err)
{
	static const char *const names[] = { "check_topology", "check_allocations" };
	struct pass_scope whole = { .start = POS_MIN, .end = SPOS_MAX };

	pass_run_request_required(s->passes, &s->port);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct pass *p = pass_by_name(names[i]);

		if (!p)
			continue;
		pass_run_request(s->passes, p, "a check runs it");
		if (!remember(s, names[i]))
			return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	return run_all(s, &whole, err);
}

enum arb_code session_run_passes(struct session *s, const char *const *specs, unsigned nr, struct arb_error *err)
{
	struct spec *list = calloc(nr + 1, sizeof(*list));
	enum arb_code code = list ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "out of memory");
	struct spec whole = { .scope = { .start = POS_MIN, .end = SPOS_MAX } };
	bool any_whole = false;

	s->busy = true;			/* until the job ends, whatever kind it is */
	for (unsigned i = 0; i < nr && !code; i++)
		code = spec_parse(specs[i], &list[i], err);
	for (unsigned i = 0; i < nr && !code; i++) {
		if (!remember(s, specs[i]))
			code = arb_fail(err, ARB_E_NOMEM, "out of memory");
		if (!code && !list[i].scope.restricted) {
			pass_run_request(s->passes, list[i].pass, "asked for");
			any_whole = true;
		}
	}
	if (!code && !nr)
		code = run_default(s, err);
	if (!code && any_whole)
		code = run_all(s, &whole.scope, err);
	for (unsigned i = 0; i < nr && !code; i++)
		if (list[i].scope.restricted) {
			pass_run_request(s->passes, list[i].pass, "asked for");
			code = run_all(s, &list[i].scope, err);
		}
	free(list);
	return code;
}
