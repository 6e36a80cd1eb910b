/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage by name and by field, chosen by chance out of the tables. */
#ifndef ARBORIST_TESTS_MUTATION_FIELDS_H
#define ARBORIST_TESTS_MUTATION_FIELDS_H

#include "arborist/base/port.h"
#include "images.h"

extern const char *const mutation_btrees[];	/* that every filesystem in use has */
extern const unsigned mutation_btrees_nr;
/* Damages the filesystem in one way; adds what was asked for to @what. False: nothing of the tables suited it. */
bool fields_mutate(const struct images *i, struct arb_random *r, char *what, size_t n);

#endif
