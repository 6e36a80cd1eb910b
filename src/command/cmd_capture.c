/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture: the metadata as an image that opens again. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/base/port.h"
#include "arborist/session/capture.h"
#include "internal.h"

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
	cmd_line(c, P_("%llu node, %llu bytes of metadata, captured in %s%s", "%llu nodes, %llu bytes of metadata, captured in %s%s", r.nodes),
		 (unsigned long long)r.nodes, (unsigned long long)r.bytes, path, r.files > 1 ? ".N" : "");
	if (!o.names)
		cmd_line(c, "names, attributes and data inside keys are hidden (--names keeps them)");
	return ARB_OK;
}
