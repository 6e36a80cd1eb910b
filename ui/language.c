/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language of the messages. The text gate and the cells of the screen know UTF-8 and ASCII: a catalogue comes as one of the two. */
#include <config.h>
#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include "language.h"

void language_start(void)
{
	const char *dir = secure_getenv("ARBORIST_LOCALEDIR");

	setlocale(LC_CTYPE, "");
	setlocale(LC_MESSAGES, "");
	bindtextdomain(PACKAGE, dir && *dir == '/' ? dir : LOCALEDIR);
	bind_textdomain_codeset(PACKAGE, strcmp(nl_langinfo(CODESET), "UTF-8") ? "ASCII" : "UTF-8");
	textdomain(PACKAGE);
}

void language_none(void)
{
	setlocale(LC_MESSAGES, "C");
}

void language_ascii(void)
{
	bind_textdomain_codeset(PACKAGE, "ASCII");
}
