/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tree of directories and files: inodes, names, attributes. Everything comes from the seed, so the same options give
 * the same filesystem.
 */
#include "builder.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "arborist/format/dirent.h"
#include "arborist/format/snapshot.h"

enum { STR_HASH_SIPHASH = 3, TINY_BYTES_MAX = 256, LATE_FILES = 7 };

/* ---- inodes and names */

size_t image_inode_new(struct builder *b, unsigned mode)
{
	struct image_inode *i = arb_array_push(&b->inodes);
	uint64_t now = 1000000 * (uint64_t)b->inodes.nr;	/* ns after the filesystem was made */

	if (!i) {
		image_no_memory(b);
		return SIZE_MAX;
	}
	if (!b->next_inum)
		b->next_inum = ROOT_INODE;
	i->inum = b->next_inum++;
	i->snapshot = b->snapshot;
	i->in.hash_seed = arb_random_u64(&b->random);
	i->in.flags = (uint64_t)STR_HASH_SIPHASH << 20;
	i->in.mode = mode;
	for (unsigned f = INODE_FIELD_atime; f <= INODE_FIELD_otime; f++)
		i->in.field[f] = now;
	return b->inodes.nr - 1;
}

size_t image_inode_version(struct builder *b, size_t of)
{
	struct image_inode *i = arb_array_push(&b->inodes);

	if (!i) {
		image_no_memory(b);
		return SIZE_MAX;
	}
	*i = b->inodes.v[of];
	i->snapshot = b->snapshot;
	i->in.flags &= ~(uint64_t)INODE_has_child_snapshot;
	i->in.field[INODE_FIELD_ctime] = 1000000 * (uint64_t)b->inodes.nr;
	b->inodes.v[of].in.flags |= INODE_has_child_snapshot;
	return b->inodes.nr - 1;
}

/* Puts a name into a directory; it says at which offset it stands. */
static enum arb_code dirent_add(struct builder *b, size_t dir, bool late, struct dirent_key *key, const char *name,
				uint64_t *ret_offset)
{
	const struct image_inode *d = &b->inodes.v[dir];
	struct bkey_buf buf;

	key->name = (const uint8_t *)name;
	key->name_len = strlen(name);
	*ret_offset = dirent_hash(d->in.hash_seed, name, key->name_len);
	if (!dirent_put(&buf, BPOS(d->inum, *ret_offset, b->snapshot), key))
		return arb_fail(b->err, ARB_E_BAD_ARGUMENT, "impossible name %s", name);
	return image_key_add(b, late ? &b->late[BTREE_dirents] : &b->btree[BTREE_dirents].keys, bkey_buf_s(&buf));
}

enum arb_code image_name_add(struct builder *b, size_t dir, size_t target, const char *name, uint64_t *ret_offset)
{
	const struct image_inode *t = &b->inodes.v[target];
	struct dirent_key key = { .type = t->in.mode >> 12, .inode = t->inum };	/* the types of names are those of files */

	return dirent_add(b, dir, t->late, &key, name, ret_offset);
}

enum arb_code image_subvol_name_add(struct builder *b, size_t dir, uint32_t parent, uint32_t child, const char *name,
				    uint64_t *ret_offset)
{
	struct dirent_key key = { .type = DT_subvol, .parent_subvol = parent, .child_subvol = child };

	return dirent_add(b, dir, false, &key, name, ret_offset);
}

/* The name by which an inode finds its way back to its directory. */
static enum arb_code first_name(struct builder *b, size_t dir, size_t target, const char *name)
{
	uint64_t offset;
	enum arb_code c = image_name_add(b, dir, target, name, &offset);
	struct image_inode *t = &b->inodes.v[target];

	t->in.field[INODE_FIELD_dir] = b->inodes.v[dir].inum;
	t->in.field[INODE_FIELD_dir_offset] = offset;
	if (S_ISDIR(t->in.mode))
		b->inodes.v[dir].in.field[INODE_FIELD_nlink]++;
	return c;
}

/* ---- directories */

static enum arb_code make_dirs(struct builder *b)
{
	char name[40];

	for (unsigned i = 0; i < b->o->nr_dirs; i++) {
		size_t parent = i ? IMAGE_DIRS + (i - 1) / 4 : IMAGE_ROOT_DIR, dir = image_inode_new(b, S_IFDIR | 0755);
		enum arb_code c;

		snprintf(name, sizeof(name), "dir-%u", i);
		c = dir == SIZE_MAX ? ARB_E_NOMEM : first_name(b, parent, dir, name);
		if (c)
			return c;
	}
	return ARB_OK;
}

/* ---- files */

/* One file in eight is empty, one in eight tiny; the others have any size up to the largest. */
static uint64_t file_size(struct builder *b)
{
	uint64_t r = arb_random_u64(&b->random), max = b->o->file_bytes_max;

	if (!max || r % 8 == 0)
		return 0;
	if (r % 8 == 1)
		return 1 + (r >> 8) % (max < TINY_BYTES_MAX ? max : TINY_BYTES_MAX);
	return 1 + (r >> 8) % max;
}

static enum arb_code add_xattr(struct builder *b, size_t file)
{
	const struct image_inode *i = &b->inodes.v[file];
	struct xattr_key x = { .type = XATTR_user, .name = (const uint8_t *)"origin", .name_len = 6 };
	struct bpos p = BPOS(i->inum, xattr_hash(i->in.hash_seed, x.type, x.name, x.name_len), b->snapshot);
	struct bkey_buf buf;
	char value[60];

	x.val = (const uint8_t *)value;
	x.val_len = snprintf(value, sizeof(value), "made by the builder, inode %" PRIu64, i->inum);
	if (!xattr_put(&buf, p, &x))
		return arb_fail(b->err, ARB_E_BAD_ARGUMENT, "impossible attribute");
	return image_key_add(b, &b->btree[BTREE_xattrs].keys, bkey_buf_s(&buf));
}

static enum arb_code add_hard_link(struct builder *b, size_t file, unsigned nr)
{
	uint64_t offset;
	char name[40];

	snprintf(name, sizeof(name), "link-%u", nr);
	b->inodes.v[file].in.field[INODE_FIELD_nlink]++;
	return image_name_add(b, IMAGE_ROOT_DIR, file, name, &offset);
}

/* The directory of file @nr: they take turns. */
static size_t dir_of_file(const struct builder *b, unsigned nr)
{
	unsigned dir = nr % (b->o->nr_dirs + 1);

	return dir ? IMAGE_DIRS + dir - 1 : b->root;
}

/* Bytes that no terminal should get behind the name: control and escape sequences, bidi marks, half a character; in turn all bytes. */
static void make_hostile(char *name, size_t room, unsigned nr)
{
	static const char bad[] = "\x1b[2J\x1b]0;x\a\n\r\t\x7f\xe2\x80\xae\xc3\\";
	size_t n = strlen(name), add = sizeof(bad) - 1;

	memcpy(name + n, bad, add);
	n += add;
	for (unsigned i = 0; i < (nr % 4 ? 16 : room - n - 1); i++) {
		char c = (char)(16 * nr + i);

		name[n + i] = c && c != '/' ? c : '.';
		name[n + i + 1] = '\0';
	}
}

static enum arb_code make_file(struct builder *b, unsigned nr, const char *prefix, bool late, size_t *ret)
{
	size_t file = image_inode_new(b, S_IFREG | 0644);
	char name[DIRENT_NAME_MAX] = "";

	*ret = file;
	if (file == SIZE_MAX)
		return ARB_E_NOMEM;
	b->inodes.v[file].late = late;
	snprintf(name, sizeof(name), "%s-%u", prefix, nr);
	if (b->o->hostile_names)
		make_hostile(name, sizeof(name), nr);
	return first_name(b, late ? b->root : dir_of_file(b, nr), file, name);
}

/* Each to the file of its number; every third by a long way. */
static enum arb_code make_symlinks(struct builder *b)
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < b->o->nr_symlinks; i++) {
		size_t link = image_inode_new(b, S_IFLNK | 0777);
		char name[40], target[400];
		size_t n = 0;

		snprintf(name, sizeof(name), "symlink-%u", i);
		for (; i % 3 == 2 && n < 300; n += 2)
			memcpy(target + n, "./", 2);
		snprintf(target + n, sizeof(target) - n, "file-%u", i);
		c = link == SIZE_MAX ? ARB_E_NOMEM : first_name(b, b->root, link, name);
		c = c ? c : image_symlink_data(b, link, target);
	}
	return c;
}

/* The compressed ones come behind the shared ones. */
static unsigned file_compression(const struct builder *b, unsigned nr)
{
	static const unsigned types[] = { COMPRESSION_lz4, COMPRESSION_zstd, COMPRESSION_gzip, COMPRESSION_incompressible };
	unsigned shared = 2 * b->o->nr_shared;

	return nr >= shared && nr < shared + b->o->nr_compressed ? types[nr % 4] : COMPRESSION_none;
}

/* Files in pairs at first, which share their data; then the others. */
static enum arb_code make_files(struct builder *b)
{
	size_t file, before = SIZE_MAX;
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < b->o->nr_files; i++, before = file) {
		bool shared = i < 2 * b->o->nr_shared;

		c = make_file(b, i, "file", false, &file);
		if (c)
			break;
		if (!shared || i % 2 == 0)
			b->inodes.v[file].in.size = file_size(b);
		b->inodes.v[file].compression = file_compression(b, i);
		if (b->inodes.v[file].compression)
			b->inodes.v[file].in.size += 3 << 12;
		if (shared && i % 2 == 0)
			b->inodes.v[file].in.size += TINY_BYTES_MAX + 1;
		if (!shared)
			c = image_file_data(b, file);
		else if (i % 2)
			c = image_file_shared(b, before, file);
		if (!c && i < b->o->nr_xattrs)
			c = add_xattr(b, file);
		if (!c && i < b->o->nr_hard_links)
			c = add_hard_link(b, file, i);
	}
	return c;
}

/* ---- */

enum arb_code image_contents(struct builder *b)
{
	enum arb_code c;

	b->snapshot = ROOT_SNAPSHOT;
	b->root = IMAGE_ROOT_DIR;
	if (image_inode_new(b, S_IFDIR | 0755) == SIZE_MAX || image_inode_new(b, S_IFDIR | 0700) == SIZE_MAX)
		return ARB_E_NOMEM;
	b->inodes.v[IMAGE_ROOT_DIR].in.field[INODE_FIELD_subvol] = ROOT_SUBVOL;
	c = first_name(b, IMAGE_ROOT_DIR, IMAGE_LOST_FOUND, "lost+found");
	c = c ? c : make_dirs(b);
	c = c ? c : make_files(b);
	return c ? c : make_symlinks(b);
}

enum arb_code image_contents_late(struct builder *b)
{
	enum arb_code c = ARB_OK;
	size_t file;

	for (unsigned i = 0; !c && b->o->unclean && i < LATE_FILES; i++)
		c = make_file(b, i, "late", true, &file);
	return c;
}

enum arb_code image_contents_keys(struct builder *b)
{
	struct bkey_buf buf;
	enum arb_code c = ARB_OK;

	for (size_t i = 0; !c && i < b->inodes.nr; i++) {
		const struct image_inode *n = &b->inodes.v[i];

		if (b->o->types < 2 || !image_inode_old(&buf, BPOS(0, n->inum, n->snapshot), &n->in))
			inode_put(&buf, BPOS(0, n->inum, n->snapshot), &n->in);
		c = image_key_add(b, n->late ? &b->late[BTREE_inodes] : &b->btree[BTREE_inodes].keys, bkey_buf_s(&buf));
		b->late_inodes += n->late;
	}
	return c;
}
