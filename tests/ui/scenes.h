/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every view, every kind of dialog and every phase of gc, each a few keys or messages away from an opened console. */
#ifndef ARBORIST_TESTS_UI_SCENES_H
#define ARBORIST_TESTS_UI_SCENES_H

#include "stage.h"

struct scene {
	const char	*name;
	void		(*set)(struct stage *st);
	bool		question;	/* ends with the choices of a question to be seen */
	bool		unopened;
	bool		layout;		/* not compared as text: help changes with every key that is added */
};
extern const struct scene scenes[], window_scenes[];
extern const size_t scenes_nr, window_scenes_nr;

#endif
