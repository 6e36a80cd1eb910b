/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of settings, their values as text, and the values of a session. */
#include <config.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/i18n.h"
#include "internal.h"

#define ON_OFF .value = "on|off", .words = { "off", "on" }

const struct setting_row setting_rows[SETTING_NR] = {
	[SETTING_PACE] = { .name = "pace", .value = "N", .max = 1000000000,
		.what = N_("at most N nodes a second, so that one can watch; 0 is full speed") },
	[SETTING_SCAN] = { .name = "scan", .value = "auto|whole|bitmap", .words = { "auto", "whole", "bitmap" },
		.what = N_("where scan_for_btree_nodes looks: bitmap (where the superblock says nodes were), whole (everywhere), or auto") },
	[SETTING_CLEAN] = { .name = "clean", .value = "doubt|trust", .words = { "doubt", "trust" },
		.what = N_("what counts where the superblock says clean and the journal goes on: the journal (doubt), or the superblock (trust)") },
	[SETTING_VIEW] = { .name = "view", .value = "plan|disk", .words = { "plan", "disk" },
		.what = N_("what is looked at: the filesystem as it is on disk, or as it would be with the plan") },
	[SETTING_VERBOSE] = { .name = "verbose", ON_OFF, .what = N_("show every change as old -> new") },
	[SETTING_EXPERT] = { .name = "expert", ON_OFF,
		.what = N_("allow answers that give up all of a btree that cannot be made again from others") },
	[SETTING_LUASTEPS] = { .name = "luasteps", .value = "N", .max = UINT64_MAX, .standard = 1000000000,
		.what = N_("a Lua script ends after N instructions; 0 is any number") },
	[SETTING_CACHE] = { .name = "cache", .value = "N", .max = 1 << 20, .standard = 256,
		.what = N_("at most N MiB of btree nodes are kept in memory, besides those in use") },
	[SETTING_ASCII] = { .name = "ascii", ON_OFF, .what = N_("nothing but ASCII on the screen") },
	[SETTING_COLOR] = { .name = "color", .value = "auto|always|never", .words = { "auto", "always", "never" },
		.what = N_("colours; auto: on a terminal, unless NO_COLOR is set") },
	[SETTING_MOUSE] = { .name = "mouse", ON_OFF, .standard = 1, .what = N_("the screen takes the mouse; off leaves it to the terminal") },
};

const struct setting_row *setting_by_name(const char *name, enum setting *ret)
{
	for (unsigned i = 0; i < SETTING_NR; i++)
		if (!strcmp(setting_rows[i].name, name)) {
			*ret = (enum setting)i;
			return &setting_rows[i];
		}
	return NULL;
}

enum arb_code setting_parse(enum setting which, const char *value, uint64_t *ret, struct arb_error *err)
{
	const struct setting_row *r = &setting_rows[which];
	char *end;

	for (unsigned i = 0; i < SETTING_WORDS_MAX && r->words[i]; i++)
		if (!strcmp(r->words[i], value)) {
			*ret = i;
			return ARB_OK;
		}
	if (r->words[0])
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "%s: expected %s, found \"%.80s\"", r->name, r->value, value);
	errno = 0;
	*ret = strtoull(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || *ret > r->max)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "%s: expected a number up to %llu, found \"%.80s\"", r->name,
				(unsigned long long)r->max, value);
	return ARB_OK;
}

void setting_value_to_text(struct arb_buf *out, enum setting which, uint64_t value)
{
	const struct setting_row *r = &setting_rows[which];

	if (r->words[0] && value < SETTING_WORDS_MAX && r->words[value])
		arb_buf_puts(out, r->words[value]);
	else
		arb_buf_printf(out, "%llu", (unsigned long long)value);
}

void settings_init(struct session *s)
{
	const struct setting_values *given = &s->o.settings;

	for (unsigned i = 0; i < SETTING_NR; i++)
		atomic_store(&s->settings[i], given->has[i] ? given->v[i] : setting_rows[i].standard);
}

uint64_t session_setting(struct session *s, enum setting which)
{
	return atomic_load(&s->settings[which]);
}

void session_set(struct session *s, enum setting which, uint64_t value)
{
	atomic_store(&s->settings[which], value);
	fd_wake(s->wake_fd);	/* the pace, while it waits */
}
