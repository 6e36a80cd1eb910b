/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes to bytes of metadata by chance, without knowing what they mean. */
#ifndef ARBORIST_TESTS_MUTATION_BYTES_H
#define ARBORIST_TESTS_MUTATION_BYTES_H

#include "arborist/base/port.h"
#include "images.h"
#include "objects.h"

/* Changes one object, and puts its checksums right when @fix. Adds a word on it to @what. */
void bytes_mutate(const struct images *i, const struct objects *o, struct arb_random *r, bool fix, char *what, size_t n);

#endif
