/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the device set share. */
#ifndef IO_DEVSET_INTERNAL_H
#define IO_DEVSET_INTERNAL_H

#include "arborist/io/devset.h"

/* Reads all copies of the device and sets .best; an error says why no copy can be used. */
enum arb_code sb_copies_read(struct device *d, struct arb_error *err);
void sb_copies_free(struct device *d);
/* What else a device without a superblock holds, in words (translated); NULL: nothing that is known. */
const char *foreign_what(struct blk *b);

#endif
