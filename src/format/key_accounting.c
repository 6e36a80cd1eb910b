/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounting: a record in the bytes of the position, and one or three signed counters. */
#include <inttypes.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/accounting.h"
#include "arborist/format/btree_id.h"
#include "key_plain.h"
#include "key_row.h"

#define REPLICAS_DEVS	4	/* offset of the devices in a replicas record */

static const struct { const char *name; uint8_t counters, bytes; } types[ACCT_TYPE_NR] = {
	[ACCT_nr_inodes]		= { "nr_inodes", 1, 1 },
	[ACCT_persistent_reserved]	= { "persistent_reserved", 1, 2 },
	[ACCT_replicas]			= { "replicas", 1, REPLICAS_DEVS },
	[ACCT_dev_data_type]		= { "dev_data_type", 3, 3 },
	[ACCT_compression]		= { "compression", 3, 2 },
	[ACCT_snapshot]			= { "snapshot", 1, 5 },
	[ACCT_btree]			= { "btree", 1, 5 },
	[ACCT_rebalance_work]		= { "rebalance_work", 1, 1 },
	[ACCT_inum]			= { "inum", 3, BPOS_BYTES },	/* what follows the number is not looked at */
};

const char *accounting_type_name(unsigned type)
{
	return type < ACCT_TYPE_NR ? types[type].name : NULL;
}

unsigned accounting_nr_counters(unsigned type)
{
	return type < ACCT_TYPE_NR ? types[type].counters : 0;
}

struct accounting_pos accounting_pos_get(struct bpos p)
{
	uint8_t b[BPOS_BYTES];
	struct accounting_pos a;

	bpos_put(b, p);
	a = (struct accounting_pos) { .type = b[0] };
	switch (a.type) {
	case ACCT_persistent_reserved:
		a.nr_replicas = b[1];
		break;
	case ACCT_replicas:
		a.data_type = b[1];
		a.nr_devs = b[2];
		a.nr_required = b[3];
		memcpy(a.devs, b + REPLICAS_DEVS, a.nr_devs < ACCT_REPLICAS_DEVS_MAX ? a.nr_devs : ACCT_REPLICAS_DEVS_MAX);
		break;
	case ACCT_dev_data_type:
		a.dev = b[1];
		a.data_type = b[2];
		break;
	case ACCT_compression:
		a.compression_type = b[1];
		break;
	case ACCT_snapshot:
	case ACCT_btree:
		a.id = le32_get(b + 1);
		break;
	case ACCT_inum:
		a.inum = le64_get(b + 1);
		break;
	}
	return a;
}

struct bpos accounting_pos_put(const struct accounting_pos *a)
{
	uint8_t b[BPOS_BYTES] = { a->type };

	switch (a->type) {
	case ACCT_persistent_reserved:
		b[1] = a->nr_replicas;
		break;
	case ACCT_replicas:
		b[1] = a->data_type;
		b[2] = a->nr_devs;
		b[3] = a->nr_required;
		memcpy(b + REPLICAS_DEVS, a->devs, a->nr_devs < ACCT_REPLICAS_DEVS_MAX ? a->nr_devs : ACCT_REPLICAS_DEVS_MAX);
		break;
	case ACCT_dev_data_type:
		b[1] = a->dev;
		b[2] = a->data_type;
		break;
	case ACCT_compression:
		b[1] = a->compression_type;
		break;
	case ACCT_snapshot:
	case ACCT_btree:
		le32_put(b + 1, a->id);
		break;
	case ACCT_inum:
		le64_put(b + 1, a->inum);
		break;
	}
	return bpos_get(b);
}

unsigned accounting_get(struct bkey_s k, int64_t ret[ACCT_COUNTERS_MAX])
{
	unsigned nr = k.k.type == KEY_accounting && k.k.u64s > BKEY_U64s ? bkey_val_u64s(&k.k) : 0;

	for (unsigned i = 0; i < ACCT_COUNTERS_MAX; i++)
		ret[i] = i < nr ? (int64_t)le64_get(k.v + 8 * i) : 0;
	return nr;
}

void accounting_put(struct bkey_buf *out, const struct accounting_pos *a, struct bversion ver, const int64_t *counters)
{
	unsigned nr = accounting_nr_counters(a->type);

	for (unsigned i = 0; i < nr; i++)
		le64_put(out->v + 8 * i, counters[i]);
	out->k = (struct bkey) { .p = accounting_pos_put(a), .ver = ver, .type = KEY_accounting, .u64s = BKEY_U64s + nr };
}

static unsigned check_replicas(const struct accounting_pos *a, struct arb_buf *why)
{
	if (!a->nr_devs)
		return key_bad(why, KEY_ERR_accounting_key_replicas_nr_devs_0, "no devices");
	if (a->nr_required > a->nr_devs || (a->nr_required > 1 && a->nr_required == a->nr_devs))
		return key_bad(why, KEY_ERR_accounting_key_replicas_nr_required_bad, "%u of %u devices are required",
			       a->nr_required, a->nr_devs);
	if (a->nr_devs > ACCT_REPLICAS_DEVS_MAX)
		return key_bad(why, KEY_ERR_accounting_key_junk_at_end, "%u devices do not fit", a->nr_devs);
	for (unsigned i = 1; i < a->nr_devs; i++)
		if (a->devs[i - 1] >= a->devs[i])
			return key_bad(why, KEY_ERR_accounting_key_replicas_devs_unsorted, "devices do not ascend");
	return 0;
}

unsigned accounting_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	struct accounting_pos a = accounting_pos_get(k->k.p);
	uint8_t b[BPOS_BYTES];
	unsigned err, used;

	(void)c;
	if (!k->k.ver.lo && !k->k.ver.hi)
		return key_bad(why, KEY_ERR_accounting_key_version_0, "version is 0");
	if (a.type >= ACCT_TYPE_NR)
		return 0;
	if (bkey_val_u64s(&k->k) != types[a.type].counters && a.type != ACCT_inum)
		return key_bad(why, KEY_ERR_arborist_accounting_wrong_size, "counters of %s: got %u, should be %u", types[a.type].name,
			       bkey_val_u64s(&k->k), types[a.type].counters);
	if (a.type == ACCT_replicas && (err = check_replicas(&a, why)))
		return err;
	bpos_put(b, k->k.p);
	used = types[a.type].bytes + (a.type == ACCT_replicas ? a.nr_devs : 0);
	for (unsigned i = used; i < BPOS_BYTES; i++)
		if (b[i])
			return key_bad(why, KEY_ERR_accounting_key_junk_at_end, "bytes after the record are not 0");
	return 0;
}

/* The record's bytes as they stand in the position: the lowest are those of the snapshot, then come offset and inode. */
KEY_IS_PLAIN(accounting)
{
	unsigned type = k->p.snapshot & 0xff, bytes = type < ACCT_TYPE_NR ? types[type].bytes : 0;

	(void)c, (void)v;
	if (type >= ACCT_TYPE_NR || type == ACCT_replicas || !(k->ver.lo | k->ver.hi))
		return false;
	if (bytes == BPOS_BYTES)
		return true;
	if (k->p.inode || bkey_val_u64s(k) != types[type].counters)
		return false;
	return bytes > 4 ? !(k->p.offset >> 8 * (bytes - 4)) : !k->p.offset && !((uint64_t)k->p.snapshot >> 8 * bytes);
}
KEY_PLAIN_FUNCTIONS(accounting)

static void replicas_to_text(struct arb_buf *out, const struct accounting_pos *a)
{
	data_type_to_text(out, a->data_type);
	arb_buf_printf(out, ": %u/%u [", a->nr_required, a->nr_devs);
	for (unsigned i = 0; i < a->nr_devs && i < ACCT_REPLICAS_DEVS_MAX; i++)
		arb_buf_printf(out, i ? " %u" : "%u", a->devs[i]);
	arb_buf_putc(out, ']');
}

void accounting_pos_to_text(struct arb_buf *out, const struct accounting_pos *a)
{
	if (a->type >= ACCT_TYPE_NR) {
		arb_buf_printf(out, "unknown type %u", a->type);
		return;
	}
	arb_buf_printf(out, "%s ", types[a->type].name);
	switch (a->type) {
	case ACCT_persistent_reserved:
		arb_buf_printf(out, "replicas=%u", a->nr_replicas);
		break;
	case ACCT_replicas:
		replicas_to_text(out, a);
		break;
	case ACCT_dev_data_type:
		arb_buf_printf(out, "dev=%u data_type=", a->dev);
		data_type_to_text(out, a->data_type);
		break;
	case ACCT_compression:
		compression_type_to_text(out, a->compression_type);
		break;
	case ACCT_snapshot:
		arb_buf_printf(out, "id=%u", a->id);
		break;
	case ACCT_btree:
		arb_buf_puts(out, "btree=");
		btree_id_to_text(out, a->id);
		break;
	}
}

void accounting_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	struct accounting_pos a = accounting_pos_get(k->k.p);

	(void)c;
	accounting_pos_to_text(out, &a);
	for (unsigned i = 0; i < bkey_val_u64s(&k->k); i++)
		arb_buf_printf(out, " %" PRId64, (int64_t)le64_get(k->v + 8 * i));
}
