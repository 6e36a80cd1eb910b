/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ARBORIST_SRC_COMMAND_GLOSSARY_H
#define ARBORIST_SRC_COMMAND_GLOSSARY_H

#include <stddef.h>

struct glossary_word {
	const char *word, *text;
};
extern const struct glossary_word glossary[];
extern const size_t glossary_nr;

#endif
