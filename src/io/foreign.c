/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device holds that is no bcachefs filesystem, for the message that says so. */
#include <string.h>
#include "arborist/base/i18n.h"
#include "devset_internal.h"

enum { MAGIC_BYTES_MAX = 8 };

static const struct { uint32_t offset; uint8_t bytes; char magic[MAGIC_BYTES_MAX + 1]; const char *what; } signs[] = {
	{ 0, 4, "\x28\xb5\x2f\xfd", N_("data packed by zstd: unpack it first") },
	{ 0, 2, "\x1f\x8b", N_("data packed by gzip: unpack it first") },
	{ 0, 6, "\xfd" "7zXZ\0", N_("data packed by xz: unpack it first") },
	{ 0, 6, "LUKS\xba\xbe", N_("a LUKS volume: open it first, and give what it holds") },
	{ 512, 8, "EFI PART", N_("a partition table: give the partition") },
	{ 1080, 2, "\x53\xef", N_("an ext2, ext3 or ext4 filesystem") },
	{ 0, 4, "XFSB", N_("an XFS filesystem") },
	{ 65600, 8, "_BHRfS_M", N_("a btrfs filesystem") },
	{ 1024, 4, "\x10\x20\xf5\xf2", N_("an F2FS filesystem") },
	{ 3, 8, "NTFS    ", N_("an NTFS filesystem") },
	{ 0, 4, "hsqs", N_("a squashfs filesystem") },
	{ 32769, 5, "CD001", N_("an ISO 9660 filesystem") },
	{ 512, 8, "LABELONE", N_("an LVM physical volume: give a logical volume") },
	{ 4096, 4, "\xfc\x4e\x2b\xa9", N_("a member of an md array: give the array") },
	{ 4086, 8, "SWAPSPAC", N_("swap space") },
};

const char *foreign_what(struct blk *b)
{
	uint8_t found[MAGIC_BYTES_MAX];

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (signs[i].offset + signs[i].bytes <= b->bytes && !blk_read(b, signs[i].offset, found, signs[i].bytes, NULL) &&
		    !memcmp(found, signs[i].magic, signs[i].bytes))
			return tr(signs[i].what);
	return NULL;
}
