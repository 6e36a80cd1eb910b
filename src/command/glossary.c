/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of the trade, for help WORD. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "glossary.h"

const struct glossary_word glossary[] = {
	{ "btree", N_("A sorted tree of nodes that maps positions to values. A bcachefs filesystem is a handful of them: extents, inodes, "
	  "dirents and others; help NAME says what each holds. Also a phase of gc: nodes and keys are being walked, btree by btree.") },
	{ "node", N_("A block of a btree, of fixed size, with the keys of one range. A leaf (level 0) holds the data itself, an interior node holds "
	  "pointers to the nodes below it, the root is the one at the top.") },
	{ "leaf", N_("A node at level 0: it holds the keys themselves, not pointers to other nodes.") },
	{ "root", N_("The node at the top of a btree. Its pointer stands in the superblock after a clean unmount, in the journal otherwise.") },
	{ "level", N_("Height of a node above the leaves: leaves are level 0, their parents level 1.") },
	{ "key", N_("A position, a type and a value. In listings: u64s (its size in words), type, position, len (of an extent, in sectors), version, value.") },
	{ "position", N_("inode:offset:snapshot, compared in this order. POS_MIN is the smallest, SPOS_MAX the largest, U32_MAX as a snapshot means the newest.") },
	{ "bset", N_("A sorted run of keys inside a node. A node is a log: the first bset is written with its header, later changes are appended as further "
	  "bsets, each with its own checksum. A newer bset hides the same position in an older one.") },
	{ "pointer", N_("Device, sector and generation of a copy. The pointer to a node also carries the node's first position, its cookie and how much of it has been written.") },
	{ "seq", N_("The cookie of a node: a random number that the node and its pointer share, so that a stale block is not taken for it.") },
	{ "generation", N_("A counter of a bucket, raised when the bucket is used anew. A pointer with an older one is stale.") },
	{ "bucket", N_("The unit in which space is handed out on a device; the size is chosen at format.") },
	{ "gap", N_("A range that the parent covers but none of its children does. Lookups there end nowhere. Repair widens a neighbour, "
	  "or brings a lost node back when a scan of the device found one.") },
	{ "overlap", N_("Two nodes of one level claim the same range. The one written later is right; the other is cut back or dropped.") },
	{ "topology", N_("How nodes fit together: the children of a node cover its range, without gap, without overlap, each readable.") },
	{ "journal", N_("A ring of entries with the latest changes. After a crash the kernel replays them; arborist does so in memory, and writes its "
	  "repairs by appending entries for the kernel to replay.") },
	{ "overlay", N_("The keys that stand above the btrees on disk: those of the journal and those of the plan.") },
	{ "plan", N_("The repairs that were accepted. They stand in memory only, until commit.") },
	{ "commit", N_("Writes the plan: first an undo file, made durable; then superblock copies and journal entries; then one last entry that makes it count. "
	  "No btree node is overwritten.") },
	{ "undo", N_("The undo file holds every byte a commit replaced. arborist undo FILE puts them back, as long as nobody has used the filesystem since.") },
	{ "transcript", N_("A file with what was found, asked, answered, changed and written. Kept in the state folder; its name is shown at the end.") },
	{ "checksum", N_("Every bset, journal entry and superblock carries one. BAD means the bytes are not those that were written.") },
	{ "replica", N_("Another copy of the same node, on another device.") },
	{ "snapshot", N_("The third part of a position: which version of a file tree a key belongs to. U32_MAX is the root of the versions.") },
	{ "superblock", N_("Who the filesystem is: devices, options, where the journal lies. Each device has several copies; the newest good one counts.") },
	{ "scan", N_("Reading a whole device in search of btree nodes that no tree points to any more.") },
	{ "gc", N_("The passes that walk every btree to check what refers to what. Its position says how far it has come.") },
	{ "fix", N_("Accept the repair: it goes into the plan. Nothing is written before commit.") },
	{ "skip", N_("Leave the finding as it is. Where the check cannot go on without the repair, skipping stops the pass.") },
	{ "breakpoint", N_("A place where a pass shall stop: see break. While it is stopped everything can be looked at; step, next, finish, continue and stop go on.") },
	{ "mutation", N_("One change that a repair makes: a key put in or taken out, a root or the superblock changed. It goes into the plan, and is shown as old -> new.") },
	{ "decision", N_("A finding is going to be answered: by a person, a policy or an option. step stops before each.") },
	{ "rule", N_("A row of a decision table: when something holds, then something is done. explain names the one that applies, and the data it is applied to.") },
	{ "age", N_("A number in the header of a node: one more than that of the node it was made from when that was split or written anew. Where two nodes claim the same range the one with the larger age is the "
	  "newer, and wins.") },
	{ "must-fix", N_("A finding without whose repair the pass cannot go on.") },
	{ "not_running", N_("Phase of gc: no pass is running.") },
	{ "start", N_("Phase of gc: tables are being set up.") },
	{ "sb", N_("Phase of gc: superblocks and journal are being accounted for.") },
	{ "done", N_("Phase of gc: every btree has been walked.") },
	{ "sectors", N_("512 bytes each; lengths and places in keys are counted in them.") },
	{ "extent", N_("A key for a stretch of a file: its position is the end of the stretch, its length says where that begins.") },
};
const size_t glossary_nr = sizeof(glossary) / sizeof(glossary[0]);
