/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections that are plain lists: replicas, disk groups, counters, errors, downgrade, quota, crypt, ext. */
#include "superblock_internal.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/enums.h"

/* ---- replicas */

/* One packed entry; false at the end: no room, or data type 0. */
static bool replicas_entry(const struct sb_section *s, size_t *at, struct replicas_entry *ret)
{
	size_t head = s->type == SB_FIELD_replicas ? 3 : 2, left = s->bytes - *at;
	const uint8_t *p = s->p + *at;

	if (left < head || !p[0] || left < head + p[1])
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->data_type = p[0];
	ret->nr_devs = p[1] > SB_MEMBERS_MAX ? SB_MEMBERS_MAX : p[1];
	ret->nr_required = head == 3 ? p[2] : 1;
	memcpy(ret->devs, p + head, ret->nr_devs);
	*at += head + p[1];
	return true;
}

bool sb_replicas_next(const struct sb *sb, size_t *cursor, struct replicas_entry *ret)
{
	struct sb_section s = { .type = SB_FIELD_replicas };

	s.p = sb_field(sb, SB_FIELD_replicas, &s.bytes);
	if (!s.p) {
		s.type = SB_FIELD_replicas_v0;
		s.p = sb_field(sb, SB_FIELD_replicas_v0, &s.bytes);
	}
	if (!s.p)
		return false;
	if (!*cursor)
		*cursor = 8;
	return replicas_entry(&s, cursor, ret);
}

unsigned sb_device_has_data(const struct sb *sb, unsigned idx)
{
	struct replicas_entry e;
	unsigned types = 0;

	for (size_t cursor = 0; sb_replicas_next(sb, &cursor, &e);)
		for (unsigned i = 0; i < e.nr_devs; i++)
			if (e.devs[i] == idx && e.data_type < 32)
				types |= 1u << e.data_type;
	return types;
}

/* Same type and devices, in any order? */
static bool replicas_same(const struct replicas_entry *a, const struct replicas_entry *b)
{
	uint64_t set[2][4] = { { 0 } };

	if (a->data_type != b->data_type || a->nr_devs != b->nr_devs || a->nr_required != b->nr_required)
		return false;
	for (unsigned i = 0; i < a->nr_devs; i++) {
		set[0][a->devs[i] / 64] |= UINT64_C(1) << a->devs[i] % 64;
		set[1][b->devs[i] / 64] |= UINT64_C(1) << b->devs[i] % 64;
	}
	return !memcmp(set[0], set[1], sizeof(set[0]));
}

bool sb_replicas_have(const struct sb *sb, const struct replicas_entry *e)
{
	struct replicas_entry other;

	for (size_t cursor = 0; sb_replicas_next(sb, &cursor, &other);)
		if (replicas_same(e, &other))
			return true;
	return false;
}

/* Packs the entries of @sb and @e into @out (if not NULL) in the form of @type; returns the bytes. */
static size_t replicas_pack(const struct sb *sb, const struct replicas_entry *e, unsigned type, uint8_t *out)
{
	size_t cursor = 0, n = 0, head = type == SB_FIELD_replicas ? 3 : 2;
	struct replicas_entry one;
	bool more = true;

	while (more) {
		more = sb_replicas_next(sb, &cursor, &one);
		if (!more)
			one = *e;
		if (out) {
			out[n] = one.data_type;
			out[n + 1] = one.nr_devs;
			if (head == 3)
				out[n + 2] = one.nr_required;
			memcpy(out + n + head, one.devs, one.nr_devs);
		}
		n += head + one.nr_devs;
	}
	return n;
}

enum arb_code sb_replicas_add(struct sb *sb, const struct replicas_entry *e, struct arb_error *err)
{
	bool old = !sb_field(sb, SB_FIELD_replicas, NULL) && sb_field(sb, SB_FIELD_replicas_v0, NULL) && e->nr_required == 1;
	unsigned type = old ? SB_FIELD_replicas_v0 : SB_FIELD_replicas;
	size_t n = replicas_pack(sb, e, type, NULL), bytes = 8 + (n + 7) / 8 * 8;
	uint8_t *packed, *field;

	if (sb_replicas_have(sb, e))
		return ARB_OK;
	packed = malloc(n);
	if (!packed)
		return arb_fail(err, ARB_E_NOMEM, "no memory for the sets of devices");
	replicas_pack(sb, e, type, packed);
	if (!old)
		sb_field_resize(sb, SB_FIELD_replicas_v0, 0);
	field = sb_field_resize(sb, type, bytes);
	if (field) {
		memset(field + 8, 0, bytes - 8);
		memcpy(field + 8, packed, n);
	}
	free(packed);
	return field ? ARB_OK : arb_fail(err, ARB_E_NO_ROOM, "no room in the superblock for one more set of devices");
}

void sb_check_replicas(const struct sb *sb, const struct sb_section *s, struct defects *d)
{
	struct replicas_entry e, other;
	const char *own = "arborist_sb_replicas", *name = sb_section_ops[s->type].name;

	for (size_t at = 8, next = 8; replicas_entry(s, &next, &e); at = next) {
		if (!e.nr_devs)
			sb_refuse(d, own, "%s: entry at byte %zu names no device", name, at);
		if (e.nr_required > 1 && e.nr_required >= e.nr_devs)
			sb_refuse(d, own, "%s: entry at byte %zu requires %u of %u devices", name, at, e.nr_required,
				  e.nr_devs);
		for (unsigned i = 0; i < e.nr_devs; i++)
			if (e.devs[i] != DEV_NONE && !sb_member_exists(sb, e.devs[i]))
				sb_refuse(d, own, "%s: entry at byte %zu names device %u, which does not exist", name,
					  at, e.devs[i]);
		for (size_t from = next; replicas_entry(s, &from, &other);)
			if (replicas_same(&e, &other))
				sb_refuse(d, own, "%s: entry at byte %zu stands there twice", name, at);
	}
}

void sb_text_replicas(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	struct replicas_entry e;
	const char *sep = "";

	(void)sb;
	for (size_t at = 8; replicas_entry(s, &at, &e); sep = " ") {
		arb_buf_puts(out, sep);
		data_type_to_text(out, e.data_type);
		if (s->type == SB_FIELD_replicas)
			arb_buf_printf(out, ": %u/%u [", e.nr_required, e.nr_devs);
		else
			arb_buf_printf(out, ": %u [", e.nr_devs);
		for (unsigned i = 0; i < e.nr_devs; i++)
			arb_buf_printf(out, i ? " %u" : "%u", e.devs[i]);
		arb_buf_putc(out, ']');
	}
	arb_buf_putc(out, '\n');
}

/* ---- disk groups */

static const uint8_t *group_entry(const struct sb *sb, unsigned group, size_t *ret_nr)
{
	size_t bytes;
	const uint8_t *p = sb_field(sb, SB_FIELD_disk_groups, &bytes);
	size_t nr = p ? (bytes - 8) / fmt_sb_group.bytes : 0;

	if (ret_nr)
		*ret_nr = nr;
	return group < nr ? p + 8 + (size_t)fmt_sb_group.bytes * group : NULL;
}

static uint64_t group_get(const uint8_t *entry, const char *name)
{
	return fmt_get(fmt_field(&fmt_sb_group, name), entry);
}

void sb_check_disk_groups(const struct sb *sb, const struct sb_section *s, struct defects *d)
{
	const char *own = "arborist_sb_disk_groups";
	const uint8_t *e;
	size_t nr;

	(void)s;
	group_entry(sb, 0, &nr);
	for (unsigned i = 0; (e = group_entry(sb, i, NULL)); i++)
		if (!group_get(e, "DELETED") && !strnlen((const char *)e, 32))
			sb_refuse(d, own, "disk group %u has no label", i);
	for (unsigned i = 0; i < sb->nr_devices; i++) {
		struct sb_member m;
		uint64_t group = sb_member_get(sb, i, &m) ? sb_member_flag(&m, "GROUP") : 0;

		if (!group)
			continue;
		e = group_entry(sb, group - 1, NULL);
		if (!e || group_get(e, "DELETED"))
			sb_refuse(d, own, "member %u has disk group %" PRIu64 ", which does not exist", i, group - 1);
	}
}

static void group_label(struct arb_buf *out, const uint8_t *entry)
{
	arb_buf_printf(out, "%.*s", (int)strnlen((const char *)entry, 32), (const char *)entry);
}

void sb_text_disk_groups(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	const uint8_t *e;

	(void)s;
	for (unsigned i = 0; (e = group_entry(sb, i, NULL)); i++) {
		arb_buf_puts(out, i ? " " : "");
		if (group_get(e, "DELETED")) {
			arb_buf_puts(out, "[deleted]");
			continue;
		}
		arb_buf_printf(out, "[parent %" PRIu64 " name ", group_get(e, "PARENT"));
		group_label(out, e);
		arb_buf_putc(out, ']');
	}
}

/* The path of labels from the topmost group down: "hdd.a". */
void sb_group_path_to_text(struct arb_buf *out, const struct sb *sb, unsigned group)
{
	const uint8_t *path[32], *e = NULL;
	unsigned nr = 0, g = group;

	do {
		e = nr < 32 ? group_entry(sb, g, NULL) : NULL;
		if (!e || group_get(e, "DELETED")) {
			arb_buf_printf(out, "invalid label %u", g);
			return;
		}
		path[nr++] = e;
		g = group_get(e, "PARENT") - 1;
	} while (group_get(e, "PARENT"));
	while (nr) {
		group_label(out, path[--nr]);
		arb_buf_puts(out, nr ? "." : "");
	}
}

void sb_group_to_text(struct arb_buf *out, const struct sb *sb, unsigned group)
{
	const uint8_t *e = group_entry(sb, group, NULL);

	if (!e) {
		arb_buf_puts(out, "(bad disk labels section)");
		return;
	}
	group_label(out, e);
	arb_buf_printf(out, " (%u)", group);
}

/* ---- counters: statistics only, by index */

static const char *const counter_names[] = {
	"io_read", "io_write", "io_move", "bucket_invalidate", "bucket_discard", "bucket_alloc", "bucket_alloc_fail",
	"btree_cache_scan", "btree_cache_reap", "btree_cache_cannibalize", "btree_cache_cannibalize_lock",
	"btree_cache_cannibalize_lock_fail", "btree_cache_cannibalize_unlock", "btree_node_write", "btree_node_read",
	"btree_node_compact", "btree_node_merge", "btree_node_split", "btree_node_rewrite", "btree_node_alloc",
	"btree_node_free", "btree_node_set_root", "btree_path_relock_fail", "btree_path_upgrade_fail",
	"btree_reserve_get_fail", "journal_entry_full", "journal_full", "journal_reclaim_finish", "journal_reclaim_start",
	"journal_write", "read_promote", "read_bounce", "read_split", "read_retry", "read_reuse_race", "move_extent_read",
	"move_extent_write", "move_extent_finish", "move_extent_fail", "move_extent_start_fail", "copygc", "copygc_wait",
	"gc_gens_end", "gc_gens_start", "trans_blocked_journal_reclaim", "trans_restart_btree_node_reused",
	"trans_restart_btree_node_split", "trans_restart_fault_inject", "trans_restart_iter_upgrade",
	"trans_restart_journal_preres_get", "trans_restart_journal_reclaim", "trans_restart_journal_res_get",
	"trans_restart_key_cache_key_realloced", "trans_restart_key_cache_raced", "trans_restart_mark_replicas",
	"trans_restart_mem_realloced", "trans_restart_memory_allocation_failure", "trans_restart_relock",
	"trans_restart_relock_after_fill", "trans_restart_relock_key_cache_fill", "trans_restart_relock_next_node",
	"trans_restart_relock_parent_for_fill", "trans_restart_relock_path", "trans_restart_relock_path_intent",
	"trans_restart_too_many_iters", "trans_restart_traverse", "trans_restart_upgrade", "trans_restart_would_deadlock",
	"trans_restart_would_deadlock_write", "trans_restart_injected", "trans_restart_key_cache_upgrade",
	"trans_traverse_all", "transaction_commit", "write_super", "trans_restart_would_deadlock_recursion_limit",
	"trans_restart_write_buffer_flush", "trans_restart_split_race", "write_buffer_flush_slowpath",
	"write_buffer_flush_sync",
};
enum { COUNTERS_NR = sizeof(counter_names) / sizeof(counter_names[0]) };

void sb_text_counters(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	(void)sb;
	for (size_t i = 0; i < (s->bytes - 8) / 8; i++) {
		arb_buf_printf(out, "%s ", i < COUNTERS_NR ? counter_names[i] : "(unknown)");
		sb_value_column(out);
		arb_buf_printf(out, "%" PRIu64 "\n", le64_get(s->p + 8 + 8 * i));
	}
}
