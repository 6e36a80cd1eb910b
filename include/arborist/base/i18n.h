/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Texts for people are translated by gettext; the language is chosen by the front end alone (ui/language.c), and without one everything
 * is English.
 *
 * Never translated: ids, names of commands, btrees, passes and settings, numbers, positions, everything under --json, listings in the
 * reference's form (keys, nodes, superblock, journal entries), defects and the messages of findings: those are the kernel's words, by
 * which a person finds them in a kernel log and on the web. Their explanations, and every sentence of ours, are.
 *
 * Functions that take a sentence and hand it to a person (arb_fail(), cmd_line(), say(), finding_fix() ...) translate their format
 * themselves and are named in po/Makevars; a call needs no mark. Everything else is marked here. Texts in tables carry N_()
 * and are translated where they are shown.
 */
#ifndef ARBORIST_BASE_I18N_H
#define ARBORIST_BASE_I18N_H

#include <libintl.h>

#define _(s) gettext(s)
#define N_(s) s
/* One or many, by @n: both texts are format strings. */
#define P_(one, many, n) ngettext(one, many, (unsigned long)(n))

/* For a text that comes from a table or from a caller: "" and NULL give "". */
static inline const char *tr(const char *s) __attribute__((format_arg(1)));
static inline const char *tr(const char *s)
{
	return s && *s ? gettext(s) : "";
}

#endif
