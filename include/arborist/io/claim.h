/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nobody else may use a device that is going to be written (promise P8). */
#ifndef ARBORIST_IO_CLAIM_H
#define ARBORIST_IO_CLAIM_H

#include "arborist/base/error.h"

struct claim;
enum claim_state { CLAIM_HELD, CLAIM_MOUNTED, CLAIM_BUSY, CLAIM_READ_ONLY };
/*
 * Takes the claim of @path: O_EXCL on a block device (kept open), flock() on a file, a look at mountinfo and at
 * loop devices backed by the file. Never fails for being refused: reading is allowed then, writing is not.
 */
enum arb_code claim_take(const char *path, struct claim **ret, struct arb_error *err);
/* Looks again (mounted since?) and says why not, in one line, when writing is not allowed. */
enum arb_code claim_check(struct claim *c, struct arb_error *err);
enum claim_state claim_state(const struct claim *c);
const char *claim_text(const struct claim *c);		/* "held", "mounted at /mnt" ...; gated */
void claim_release(struct claim *c);

#endif
