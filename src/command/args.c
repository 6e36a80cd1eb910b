/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arguments of commands: btrees, positions, numbers, and the node at the cursor. */
#include <config.h>
#include <errno.h>
#include "arborist/base/i18n.h"
#include "internal.h"

enum arb_code arg_fail_unknown(enum command_complete kind, const char *what, const char *word, const char *hint, struct arb_error *err)
{
	char *near = command_nearest_of(kind, word);

	arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no %s \"%s\"; %s%s%s", what, word, near ? _("did you mean ") : hint, near ? near : "",
		 near ? "?" : "");
	free(near);
	return ARB_E_BAD_ARGUMENT;
}

enum arb_code arg_number(const char *arg, uint64_t max, uint64_t *ret, struct arb_error *err)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, &end, 0);
	if (*arg < '0' || *arg > '9' || *end || errno || v > max)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "expected a number up to %llu, found \"%s\"", (unsigned long long)max, arg);
	*ret = v;
	return ARB_OK;
}

enum arb_code arg_bucket(const char *arg, unsigned *ret_dev, uint64_t *ret_bucket, struct arb_error *err)
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

enum arb_code arg_btree(const char *arg, bool *ret_has_level, unsigned *ret_btree, unsigned *ret_level, struct arb_error *err)
{
	const char *colon = strchr(arg, ':');
	uint64_t level = 0;
	ARB_BUF(name);

	arb_buf_mem(&name, arg, colon ? (size_t)(colon - arg) : strlen(arg));
	if (!btree_id_parse(arb_buf_str(&name), ret_btree))
		return arg_fail_unknown(COMPLETE_BTREE, "btree", arb_buf_str(&name), "btrees lists them", err);
	*ret_has_level = colon;
	*ret_level = 0;
	if (colon && arg_number(colon + 1, BTREE_MAX_DEPTH - 1, &level, err))
		return arb_error_context(err, "level of a node");
	*ret_level = (unsigned)level;
	return ARB_OK;
}

enum arb_code arg_pos(const char *arg, struct bpos *ret, struct arb_error *err)
{
	if (bpos_parse(arg, ret))
		return ARB_OK;
	return arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\" is not a position; expected inode:offset:snapshot, as in 4096:8:U32_MAX, "
			"or POS_MIN, POS_MAX, SPOS_MAX", arg);
}

enum arb_code arg_btree_pos(const struct command_ctx *c, bool *ret_has_level, unsigned *ret_btree, unsigned *ret_level, struct bpos *ret_pos,
			struct arb_error *err)
{
	enum arb_code code = arg_btree(c->argv[0], ret_has_level, ret_btree, ret_level, err);

	*ret_pos = POS_MIN;
	return code || c->argc < 2 ? code : arg_pos(c->argv[1], ret_pos, err);
}

enum arb_code arg_end(const char *arg, struct bpos *ret, struct arb_error *err)
{
	const char *first = strchr(arg, ':');
	enum arb_code code = arg_pos(arg, ret, err);

	if (code || arg[0] < '0' || arg[0] > '9')
		return code;
	if (!first)
		ret->offset = UINT64_MAX;
	if (!first || !strchr(first + 1, ':'))
		ret->snapshot = UINT32_MAX;
	return ARB_OK;
}

enum arb_code at_cursor(struct command_ctx *c, struct location *ret, struct arb_error *err)
{
	struct cursor *cur = session_cursor(c->session);

	memset(ret, 0, sizeof(*ret));
	if (!cur->valid)
		return arb_fail(err, ARB_E_REFUSED, "the cursor stands nowhere yet: goto BTREE[:LEVEL] [POS] first");
	return locate(session_view(c->session), cur->btree, cur->level, cur->pos, ret, err);
}

enum arb_code arg_fail_usage(const struct command_ctx *c, struct arb_error *err)
{
	return arb_fail(err, ARB_E_BAD_ARGUMENT, "%s: expected: %s %s", c->cmd->name, c->cmd->name, c->cmd->args);
}

const char *arg_place(const struct command_ctx *c, int i, struct arb_buf *storage)
{
	arb_buf_puts(storage, c->argv[i]);
	if (i + 1 < c->argc)
		arb_buf_printf(storage, strchr(c->argv[i], ':') ? " %s" : ":%s", c->argv[i + 1]);	/* BTREE:LEVEL is no part of it */
	return arb_buf_str(storage);
}
