/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields a search can ask for: one row each. Value fields belong to one type of key, and others do not have them. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/dirent.h"
#include "arborist/format/inode.h"
#include "arborist/format/reflink.h"
#include "arborist/format/snapshot.h"
#include "find_tree.h"

bool find_inum(unsigned btree, struct bpos p, uint64_t *ret)
{
	*ret = btree == BTREE_inodes ? p.offset : p.inode;
	return btree == BTREE_inodes ? !p.inode : btree == BTREE_extents || btree == BTREE_dirents || btree == BTREE_xattrs;
}

enum { P_TYPE, P_BTREE, P_LEVEL, P_INODE, P_OFFSET, P_SNAPSHOT, P_LEN, P_U64S, P_VERSION };

static bool get_plain(const struct find_subject *s, unsigned what, uint64_t *ret)
{
	const uint64_t v[] = { s->k.k.type, s->btree, s->level, s->k.k.p.inode, s->k.k.p.offset, s->k.k.p.snapshot, s->k.k.size,
			       s->k.k.u64s, s->k.k.ver.lo };

	*ret = v[what];
	return true;
}

#define PLAIN(name, what) \
	static bool get_##name(const struct find_subject *s, unsigned i, uint64_t *ret) { return !i && get_plain(s, what, ret); }
PLAIN(type, P_TYPE)
PLAIN(btree, P_BTREE)
PLAIN(level, P_LEVEL)
PLAIN(pos_inode, P_INODE)
PLAIN(offset, P_OFFSET)
PLAIN(snapshot, P_SNAPSHOT)
PLAIN(len, P_LEN)
PLAIN(u64s, P_U64S)
PLAIN(version, P_VERSION)

static bool get_inum(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	return !i && !s->level && find_inum(s->btree, s->k.k.p, ret);
}

/* --- pointers: any of a key's ----------------------------------------------------------------------------------------- */

static bool nth_ptr(const struct find_subject *s, unsigned n, struct extent_ptr *ret)
{
	struct extent_iter it = { 0 };

	for (unsigned i = 0; extent_next_ptr(s->k, &it, ret); i++)
		if (i == n)
			return true;
	return false;
}

#define POINTER(name, expr) \
	static bool get_##name(const struct find_subject *s, unsigned i, uint64_t *ret) \
	{ \
		struct extent_ptr p; \
		bool there = nth_ptr(s, i, &p); \
		*ret = there ? (expr) : 0; \
		return there; \
	}
POINTER(dev, p.dev)
POINTER(sector, p.sector)
POINTER(cached, p.cached)
POINTER(unwritten, p.unwritten)
POINTER(ptr_gen, p.gen)
POINTER(compressed, extent_crc_compressed(&p.crc))

static bool get_bucket(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	struct extent_ptr p;
	const struct member_geometry *m;

	*ret = FIND_NOT_A_BUCKET;
	if (s->btree == BTREE_alloc && !s->level) {
		*ret = s->k.k.p.inode << 48 | (s->k.k.p.offset & ((1ull << 48) - 1));
		return !i;
	}
	if (!nth_ptr(s, i, &p))
		return false;
	m = s->geo ? geometry_member(s->geo, p.dev) : NULL;
	if (m && m->bucket_size)
		*ret = lru_dev_bucket(p.dev, p.sector / m->bucket_size);
	return true;
}

/* --- values --------------------------------------------------------------------------------------------------------------- */

#define INODE(name, expr) \
	static bool get_##name(const struct find_subject *s, unsigned i, uint64_t *ret) \
	{ \
		struct inode in; \
		bool there = !i && inode_get(s->k, &in); \
		*ret = there ? (expr) : 0; \
		return there; \
	}
INODE(size, in.size)
INODE(sectors, in.sectors)
INODE(mode, in.mode)
INODE(nlink, inode_nlink(&in))
INODE(iflags, in.flags & ((1u << 20) - 1))
INODE(hash_seed, in.hash_seed)
INODE(uid, in.field[INODE_FIELD_uid])
INODE(gid, in.field[INODE_FIELD_gid])
INODE(atime, in.field[INODE_FIELD_atime])
INODE(ctime, in.field[INODE_FIELD_ctime])
INODE(mtime, in.field[INODE_FIELD_mtime])
INODE(dir, in.field[INODE_FIELD_dir])
INODE(dir_offset, in.field[INODE_FIELD_dir_offset])
INODE(project, in.field[INODE_FIELD_project])

/* Of an inode, or the subvolume that a directory entry leads to, or that a snapshot belongs to. */
static bool get_subvol(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	struct snapshot_key snap;
	struct dirent_key d;
	struct inode in;

	if (i)
		return false;
	if (inode_get(s->k, &in))
		return *ret = in.field[INODE_FIELD_subvol], true;
	if (dirent_get(s->k, &d) && d.type == DT_subvol)
		return *ret = d.child_subvol, true;
	if (snapshot_get(s->k, &snap))
		return *ret = snap.subvol, true;
	return false;
}

static bool get_target(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	struct subvolume_key sv;
	struct dirent_key d;

	if (i)
		return false;
	if (dirent_get(s->k, &d) && d.type != DT_subvol)
		return *ret = d.inode, true;
	if (subvolume_get(s->k, &sv))
		return *ret = sv.inode, true;
	return false;
}

static bool get_d_type(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	struct dirent_key d;

	if (i || !dirent_get(s->k, &d))
		return false;
	*ret = d.type;
	return true;
}

static bool get_parent(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	struct snapshot_key snap;
	struct subvolume_key sv;

	if (i)
		return false;
	if (snapshot_get(s->k, &snap))
		return *ret = snap.parent, true;
	if (subvolume_get(s->k, &sv))
		return *ret = sv.fs_path_parent, true;
	return false;
}

#define ALLOC(name, expr) \
	static bool get_##name(const struct find_subject *s, unsigned i, uint64_t *ret) \
	{ \
		struct alloc_v4 a; \
		bool there = !i && s->btree == BTREE_alloc && alloc_get(s->k, &a); \
		*ret = there ? (expr) : 0; \
		return there; \
	}
ALLOC(alloc_gen, a.gen)
ALLOC(oldest_gen, a.oldest_gen)
ALLOC(dirty_sectors, a.dirty_sectors)
ALLOC(cached_sectors, a.cached_sectors)
ALLOC(stripe_sectors, a.stripe_sectors)
ALLOC(stripe, a.stripe)
ALLOC(need_discard, a.need_discard)

static bool get_gen(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	return s->btree == BTREE_alloc && !s->level ? get_alloc_gen(s, i, ret) : get_ptr_gen(s, i, ret);
}

static bool get_data_type(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	struct backpointer b;
	struct alloc_v4 a;

	if (i)
		return false;
	if (s->btree == BTREE_alloc && alloc_get(s->k, &a))
		return *ret = a.data_type, true;
	if (backpointer_get(s->k, &b))
		return *ret = b.data_type, true;
	return false;
}

static bool get_refcount(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	return !i && reflink_refcount_get(s->k, ret);
}

static bool get_idx(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	struct reflink_p r;

	if (i || !reflink_p_get(s->k, &r))
		return false;
	*ret = r.idx;
	return true;
}

static bool get_seq(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	struct btree_ptr p;

	if (i || !btree_ptr_get(s->k, &p) || !p.is_v2)
		return false;
	*ret = p.seq;
	return true;
}

static bool get_written(const struct find_subject *s, unsigned i, uint64_t *ret)
{
	struct btree_ptr p;

	if (i || !btree_ptr_get(s->k, &p) || !p.is_v2)
		return false;
	*ret = p.sectors_written;
	return true;
}

const struct find_field find_fields[] = {
	{ "type", N_("type of the key, as in inode_v3 or dirent"), FIND_TYPE, FIND_OF_PLACE, get_type },
	{ "btree", N_("btree it stands in"), FIND_BTREE, FIND_OF_PLACE, get_btree },
	{ "level", N_("level of the node that holds it; 0 is a leaf"), FIND_NUMBER, FIND_LEVELS | FIND_OF_PLACE, get_level },
	{ "pos", N_("position; parts left out on the right match all, as in pos=4097 or pos=4097:8..4099"), FIND_POS, 0, NULL },
	{ "inode", N_("first part of the position"), FIND_NUMBER, 0, get_pos_inode },
	{ "offset", N_("second part of the position"), FIND_NUMBER, 0, get_offset },
	{ "snapshot", N_("third part of the position"), FIND_NUMBER, 0, get_snapshot },
	{ "inum", N_("inode whose key it is, in inodes, extents, dirents or xattrs"), FIND_NUMBER, 0, get_inum },
	{ "len", N_("sectors it covers, of an extent"), FIND_NUMBER, 0, get_len },
	{ "u64s", N_("words it takes"), FIND_NUMBER, 0, get_u64s },
	{ "version", N_("version of the key (its lower half)"), FIND_NUMBER, 0, get_version },
	{ "dev", N_("device of a pointer"), FIND_NUMBER, FIND_LEVELS | FIND_OF_POINTER, get_dev },
	{ "bucket", N_("bucket of a pointer or an alloc key, as in bucket=0:128 or bucket=0:128..140"), FIND_BUCKET, FIND_LEVELS | FIND_OF_POINTER, get_bucket },
	{ "sector", N_("sector of a pointer"), FIND_NUMBER, FIND_LEVELS | FIND_OF_POINTER, get_sector },
	{ "gen", N_("generation of a pointer or a bucket"), FIND_NUMBER, FIND_OF_POINTER, get_gen },
	{ "cached", N_("1: a cached pointer"), FIND_NUMBER, FIND_OF_POINTER | FIND_YES_NO, get_cached },
	{ "unwritten", N_("1: a pointer to space that was never written"), FIND_NUMBER, FIND_OF_POINTER | FIND_YES_NO, get_unwritten },
	{ "compressed", N_("1: the data of a pointer is compressed"), FIND_NUMBER, FIND_OF_POINTER | FIND_YES_NO, get_compressed },
	{ "seq", N_("cookie of the node a btree pointer leads to"), FIND_NUMBER, FIND_LEVELS, get_seq },
	{ "written", N_("sectors written of that node"), FIND_NUMBER, FIND_LEVELS, get_written },
	{ "size", N_("bytes of a file, from its inode"), FIND_NUMBER, 0, get_size },
	{ "sectors", N_("sectors of a file, from its inode"), FIND_NUMBER, 0, get_sectors },
	{ "mode", N_("mode of an inode"), FIND_NUMBER, 0, get_mode },
	{ "nlink", N_("links of an inode"), FIND_NUMBER, 0, get_nlink },
	{ "flags", N_("flags of an inode"), FIND_NUMBER, 0, get_iflags },
	{ "hash_seed", N_("hash seed of an inode"), FIND_NUMBER, 0, get_hash_seed },
	{ "uid", N_("owner of an inode"), FIND_NUMBER, 0, get_uid },
	{ "gid", N_("group of an inode"), FIND_NUMBER, 0, get_gid },
	{ "atime", N_("time of an inode, in the units of the filesystem"), FIND_NUMBER, 0, get_atime },
	{ "ctime", N_("the same"), FIND_NUMBER, 0, get_ctime },
	{ "mtime", N_("the same"), FIND_NUMBER, 0, get_mtime },
	{ "dir", N_("directory that an inode says it is in"), FIND_NUMBER, 0, get_dir },
	{ "dir_offset", N_("offset of its entry there"), FIND_NUMBER, 0, get_dir_offset },
	{ "project", N_("project of an inode"), FIND_NUMBER, 0, get_project },
	{ "subvol", N_("subvolume of an inode, a directory entry or a snapshot"), FIND_NUMBER, 0, get_subvol },
	{ "target", N_("inode that a directory entry or a subvolume leads to"), FIND_NUMBER, 0, get_target },
	{ "d_type", N_("type of a directory entry, as in dir or reg"), FIND_DIRENT_TYPE, 0, get_d_type },
	{ "name", N_("name of a directory entry or an attribute, as it is shown"), FIND_TEXT, 0, NULL },
	{ "parent", N_("parent of a snapshot or a subvolume"), FIND_NUMBER, 0, get_parent },
	{ "data_type", N_("data type of a bucket or a backpointer, as in user"), FIND_DATA_TYPE, 0, get_data_type },
	{ "oldest_gen", N_("oldest generation of a bucket"), FIND_NUMBER, 0, get_oldest_gen },
	{ "dirty_sectors", N_("of a bucket"), FIND_NUMBER, 0, get_dirty_sectors },
	{ "cached_sectors", N_("of a bucket"), FIND_NUMBER, 0, get_cached_sectors },
	{ "stripe_sectors", N_("of a bucket"), FIND_NUMBER, 0, get_stripe_sectors },
	{ "stripe", N_("of a bucket"), FIND_NUMBER, 0, get_stripe },
	{ "need_discard", N_("of a bucket"), FIND_NUMBER, FIND_YES_NO, get_need_discard },
	{ "refcount", N_("references to shared data"), FIND_NUMBER, 0, get_refcount },
	{ "idx", N_("shared data that a reflink pointer leads to"), FIND_NUMBER, 0, get_idx },
	{ "text", N_("the text of the key as key shows it"), FIND_TEXT, 0, NULL },
};
const size_t find_fields_nr = sizeof(find_fields) / sizeof(find_fields[0]);

const struct find_field *find_field(const char *name, size_t n)
{
	if (n > 3 && !memcmp(name, "bi_", 3))		/* as the text of an inode has it */
		name += 3, n -= 3;
	for (size_t i = 0; i < find_fields_nr; i++)
		if (strlen(find_fields[i].name) == n && !memcmp(find_fields[i].name, name, n))
			return &find_fields[i];
	return NULL;
}

const char *find_field_name(size_t i) { return i < find_fields_nr ? find_fields[i].name : NULL; }
const char *find_field_help(size_t i) { return i < find_fields_nr ? find_fields[i].help : NULL; }
