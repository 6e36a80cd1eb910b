/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture: the metadata as an image that opens again. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/base/port.h"
#include "arborist/session/capture.h"
#include "row.h"

static enum arb_code look_up(void *arg, uint64_t done, uint64_t total)
{
	(void)done, (void)total;
	return session_cancelled(arg) ? ARB_E_CANCELLED : ARB_OK;
}

static enum arb_code salt(uint64_t *ret, struct arb_error *err)
{
	struct arb_random r;
	enum arb_code code = arb_random_from_system(&r, err);

	*ret = code ? 0 : arb_random_u64(&r);
	return code;
}

enum arb_code cmd_capture(struct command_ctx *c, struct arb_error *err)
{
	struct capture_options o = { .step = look_up, .arg = c->session };
	struct capture_result r;
	struct row row;
	const char *path = NULL;
	enum arb_code code;

	for (int i = 0; i < c->argc; i++)
		if (!strcmp(c->argv[i], "--names"))
			o.names = true;
		else if (path)
			return arg_fail_usage(c, err);
		else
			path = c->argv[i];
	if (!path)
		return arg_fail_usage(c, err);
	code = salt(&o.salt, err);
	code = code ? code : capture(session_disk_view(c->session), path, &o, &r, err);
	if (code)
		return code;
	row_begin(&row, c, "capture");
	row_str(&row, "path", path);
	row_u64(&row, "nodes", r.nodes);
	row_u64(&row, "bytes", r.bytes);
	row_u64(&row, "files", r.files);
	row_bool(&row, "several", r.files > 1);
	row_bool(&row, "names", o.names);
	row_say_nr(&row, "{nodes} node, {bytes} bytes of metadata, captured in {path}{several?.N}",
		   "{nodes} nodes, {bytes} bytes of metadata, captured in {path}{several?.N}", r.nodes);
	if (!o.names)
		row_say(&row, "names, attributes and data inside keys are hidden (--names keeps them)");
	row_end(&row);
	return ARB_OK;
}
