/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of the person's own. */
#ifndef ARBORIST_UI_REBIND_H
#define ARBORIST_UI_REBIND_H

/* Before the screen begins. @key as key_to_text() names it; @action: one of action_names[], or "none". NULL, or what is wrong. */
const char *key_configure(const char *key, const char *action);

#endif
