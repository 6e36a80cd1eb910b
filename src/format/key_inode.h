/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the flags of an inode's value keep what; private to the files about inodes (struct bch_inode, _v2, _v3 of 6.12). */
#ifndef FORMAT_KEY_INODE_H
#define FORMAT_KEY_INODE_H

#define STR_HASH_SHIFT		20
#define NR_FIELDS_SHIFT		24
#define V1_NEW_VARINT		(1u << 31)
#define V3_FIELDS_START_SHIFT	31
#define V3_MODE_SHIFT		36
#define V3_FIELDS_START		6	/* words */

#endif
