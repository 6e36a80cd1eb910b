/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language of the messages: chosen here and nowhere else. */
#ifndef ARBORIST_UI_LANGUAGE_H
#define ARBORIST_UI_LANGUAGE_H

/*
 * Characters and messages as LC_ALL, LC_CTYPE, LC_MESSAGES, LANG and LANGUAGE say; numbers and dates stay as they are, being part
 * of the interface. The catalogues are those installed, or below the folder that ARBORIST_LOCALEDIR names.
 */
void language_start(void);
void language_none(void);	/* English, for --json */
void language_ascii(void);	/* for --ascii: letters a plain terminal does not have are written without their marks */

#endif
