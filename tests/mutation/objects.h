/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the metadata of a filesystem lies, and how its checksums are put right again after a change. */
#ifndef ARBORIST_TESTS_MUTATION_OBJECTS_H
#define ARBORIST_TESTS_MUTATION_OBJECTS_H

#include "arborist/base/array.h"
#include "arborist/base/error.h"

enum object_kind { OBJECT_SB, OBJECT_LAYOUT, OBJECT_NODE, OBJECT_JSET, OBJECT_KINDS };

struct object {
	enum object_kind kind;
	unsigned	file;		/* index into the paths */
	uint64_t	offset;		/* bytes */
	uint32_t	bytes;
	uint16_t	block_bytes;	/* of nodes: what the length of a bset is rounded up to */
};
struct objects { ARB_ARRAY(struct object) list; };

/* Every superblock copy, btree node and journal entry of the filesystem on @paths. */
enum arb_code objects_find(const char *const *paths, unsigned nr, struct objects *ret, struct arb_error *err);
/* Puts the checksums of @o right; @p are its bytes. Stops where lengths make no sense. */
void object_fix(const struct object *o, uint8_t *p);
/* How many bytes of it mean something. */
size_t object_used(const struct object *o, uint8_t *p);

#endif
