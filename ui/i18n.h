/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts for people are marked for translation; ids, numbers, positions and typed words never are. */
#ifndef ARBORIST_UI_I18N_H
#define ARBORIST_UI_I18N_H

#include <libintl.h>

#define _(s) gettext(s)
#define N_(s) s
/* One or many, by @n: both texts are format strings. */
#define P_(one, many, n) ngettext(one, many, (unsigned long)(n))

#endif
