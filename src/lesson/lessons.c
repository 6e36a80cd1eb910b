/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lessons: one row each. A new one is a row here; tests/lesson runs its solution, and sees that doing nothing is not enough. */
#include "arborist/base/i18n.h"
#include "arborist/lesson/lesson.h"

/* A filesystem small enough to be seen whole: three levels, some hundred keys in each of the large btrees. */
#define RECIPE { .bytes = 32 << 20, .seed = 6, .csum_opt = 1, .nr_dirs = 12, .nr_files = 240, .file_bytes_max = 8192, .keys_per_leaf = 30, \
		 .fanout = 8, .min_depth = 3, .nr_shared = 10 }

const struct lesson lessons[] = {
	{ .name = "tour", .title = N_("a healthy tree"), .recipe = RECIPE, .goal = LESSON_LOOK, .step = {
		{ N_("A bcachefs filesystem is a handful of btrees: sorted trees that map positions to values. extents says where the data of files lies, "
		     "inodes holds the files, dirents their names, alloc the state of every bucket. Nothing here is damaged; look around."), "info\nbtrees" },
		{ N_("A btree is made of nodes. The root stands at the top, leaves (level 0) at the bottom. Each node has a range; the children of a node "
		     "cover its range exactly once, each beginning right after the one before. See how the end of each node of extents and the beginning "
		     "(min_key) of the next fit together."), "nodes extents:0" },
		{ N_("A pointer to a node is itself a key, in the node above. Its seq is a random number that the node carries too: by it a stale block "
		     "is told from the node that is meant. Go to a node, then up to its parent, and to its neighbour."), "goto extents 4209:9\nnode\nup\nkeys\ndown 4\nsibling" },
		{ N_("A leaf holds the keys themselves, in sorted sets (bsets). A node is a log: what changes later is appended as another bset with its own "
		     "checksum, and hides what it replaces. Keys are packed: the format of the node says how."), "bsets\nformat\nkey" },
		{ N_("A position is inode:offset:snapshot. Extents stand at their END: the key at 4212:16 with len 16 covers sectors 0 to 16 of inode 4212. "
		     "From a file's number one gets to its keys and to its name."), "inode 4212\npath 4212" },
		{ N_("Where the roots are stands in the superblock after a clean unmount, in the journal otherwise. The journal holds the latest changes; "
		     "after a crash they are replayed."), "super -c\njournal" },
		{ N_("The passes check all this. check_topology holds the ranges against each other; check_allocations counts who uses what. "
		     "On a healthy filesystem they find nothing."), "run check_topology check_allocations\ngc" },
	} },
	{ .name = "gap", .title = N_("a gap: a node that nothing points to any more"), .recipe = RECIPE, .damage = { "gap-leaf extents:0 @3" },
	  .goal = LESSON_REPAIR, .yes = { "arborist_topology_fill_from_scan" }, .step = {
		{ N_("One leaf of extents has lost its pointer: the parent no longer leads to it. Compare the end of each node with the min_key of the next: "
		     "between 4209:8 and 4245:17 nothing is covered. A lookup in there ends nowhere, and those files read as empty."), "nodes extents:0\ninode 4212" },
		{ N_("The check goes from node to node and asks, each time: does this one begin right after the one before? Where it does not, a range is lost. "
		     "Before it settles for a gap it looks for the lost node: the devices are scanned for anything that looks like a node of this btree."),
		  "run scan_for_btree_nodes\nscanned extents:0" },
		{ N_("The lost leaf is among them, marked as not in the tree. Run the check and read the question: the previous node, the node found, and the rule "
		     "that applies. Fix puts the pointer back. (The other rule, without a node found, would only widen a neighbour: the gap would be "
		     "closed, and the keys gone.)"), "run check_topology" },
		{ N_("The repair stands in the plan. Nothing has been written yet. Look at what it changes, then write it; the check runs again afterwards."),
		  "plan\ndiff\ncommit" },
		{ N_("The files are back."), "inode 4212" },
	} },
	{ .name = "overlap", .title = N_("an overlap, decided by sequence number"), .recipe = RECIPE, .damage = { "overlap-next-part inodes:0 @3" },
	  .goal = LESSON_REPAIR, .yes = { "btree_node_topology_bad_max_key", "btree_node_topology_bad_min_key" }, .step = {
		{ N_("Two neighbours claim the same inodes: the node that ends at 0:4207 begins before its neighbour ends. Both cannot be right. "
		     "The header of a node carries an age: its node sequence number. The younger one was written later."), "nodes inodes:0\ngoto inodes 0:4190\nnode\nsibling -\nnode" },
		{ N_("The rule: where nodes overlap, the newer one is right, and the older is cut back. arborist departs from it in one case: if the newer node "
		     "holds no key in the shared range and the older does, cutting the older one would lose keys for nothing; then the newer one is trimmed. "
		     "Run the check and see which rule fires here."), "run check_topology\nfindings 1" },
		{ N_("Only the ranges in the pointers change; no node is written. Write the plan."), "plan\ndiff\ncommit" },
	} },
	{ .name = "unreadable", .title = N_("an unreadable node, and what the scan finds instead"), .recipe = RECIPE, .damage = { "stale-node extents:0 @3" },
	  .goal = LESSON_REPAIR, .yes = { "btree_node_unreadable", "arborist_topology_fill_from_scan", "alloc_key_dirty_sectors_wrong", "alloc_key_data_type_wrong",
		    "btree_bitmap_not_marked", "ptr_to_missing_alloc_key", "accounting_mismatch" },
	  .step = {
		{ N_("A leaf of extents is zeroes: the pointer is there, the node is not. btrees shows it, and node says what was met where it should be."),
		  "btrees\ngoto extents:0 4212\nnode" },
		{ N_("There is no other copy of it. But nodes are rewritten now and then, and an earlier or later version may lie elsewhere on the device. "
		     "The scan reads every place where a node can be and looks at the headers. It finds one more: the same range, the same cookie, and a higher "
		     "age (seq 4). (It follows the map that each device keeps of where nodes were; set scan whole looks everywhere.)"),
		  "run scan_for_btree_nodes\nscanned extents:0" },
		{ N_("Run the check. First it asks to take the pointer out: as it is, a kernel cannot go on here. That leaves a gap, and the gap is filled "
		     "with the node found."), "run check_topology" },
		{ N_("The node that came back lies in a bucket that was counted as free, and the lost one is still counted. check_allocations counts again and corrects "
		     "the bookkeeping."), "run check_allocations\nplan\ncommit" },
		{ N_("Nothing is lost."), "goto extents:0 4212\nnode" },
	} },
	{ .name = "root", .title = N_("a lost root"), .recipe = RECIPE, .damage = { "unreadable-root dirents" }, .goal = LESSON_REPAIR,
	  .yes = { "btree_root_read_error", "arborist_topology_rebuild_root", "alloc_key_dirty_sectors_wrong", "accounting_mismatch" }, .step = {
		{ N_("The root of dirents cannot be read. Every name hangs below it, so no file can be reached by its path, although all leaves are there."),
		  "btrees\npath 4212" },
		{ N_("The leaves are found by scanning. Upper levels are not needed for that: each leaf says in its header which range it covers, and how old it is."),
		  "run scan_for_btree_nodes\nscanned dirents:0" },
		{ N_("Run the check. Two questions come: to give the old root up, and to make a new one over the leaves found. Where two leaves cover the same range "
		     "the newer one counts."), "run check_topology\nplan" },
		{ N_("The buckets of the old upper nodes are still counted as used; check_allocations sets that right. Then write everything at once."),
		  "run check_allocations\ncommit\npath 4212" },
	} },
	{ .name = "mark-sweep", .title = N_("mark and sweep by hand"), .recipe = RECIPE, .damage = { "alloc-dirty-sectors alloc:0 @0" }, .goal = LESSON_REPAIR,
	  .yes = { "alloc_key_dirty_sectors_wrong" }, .step = {
		{ N_("The space of a device is handed out in buckets. For each the alloc btree says what kind of data it holds and how many sectors of it. "
		     "One of these numbers is wrong. Look at the bucket it is about: 0:25."), "bucket 0:25" },
		{ N_("Mark: add up what points into the bucket. The claims are listed with their length in sectors; the backpointers, a btree for the way back, "
		     "should say the same. Sweep: compare with the alloc key. It counts more than there is."), "keys alloc 0:25 0:25" },
		{ N_("check_allocations does that for all buckets at once. It walks every key of every btree, leaves first, and counts; at the end it goes through the alloc "
		     "keys and corrects what differs. If a node could not be read it would correct nothing: what is not counted would look unused."),
		  "run check_allocations\ngc" },
		{ N_("Write it, and look at the bucket again."), "plan\ncommit\nbucket 0:25" },
	} },
	{ .name = "refcount", .title = N_("wrong reference counts"), .recipe = RECIPE, .damage = { "reflink-refcount reflink:0 @0" }, .goal = LESSON_REPAIR,
	  .yes = { "reflink_v_refcount_wrong" }, .step = {
		{ N_("Files that share data (cp --reflink) do not hold it themselves: their extents are reflink pointers into the reflink btree, and each extent there counts "
		     "how many lead to it. When the count falls to zero the data is freed; a count that is too high keeps it for ever, one that is too "
		     "low frees it too early."), "keys reflink\nfind type=reflink_p" },
		{ N_("Count by hand: which reflink pointers cover the first extent of reflink, at 0:8? Their idx says where they begin. The extent claims one more."),
		  "find type=reflink_v pos=0:8" },
		{ N_("check_allocations counts all of them on its way through extents, and corrects the count."), "run check_allocations\nplan\ncommit\nkeys reflink 0:8 0:8" },
	} },
	{ .name = "generations", .title = N_("generations: pointers that have become stale"), .recipe = RECIPE, .damage = { "ptr-gen-newer extents:0 @3" },
	  .goal = LESSON_REPAIR, .passes = { "gc_gens" }, .yes = { "ptr_gen_newer_than_bucket_gen" }, .step = {
		{ N_("Each bucket has a generation, one more every time it is emptied and used again. A pointer carries the generation it was made for: if the bucket's is "
		     "newer, what it pointed to is gone. Here a pointer claims a generation its bucket has not had yet."), "inode 4212\nbucket 0:28" },
		{ N_("check_allocations holds every pointer against its bucket. For this one, the data may well be good: the checksum of the data will tell when it is read. "
		     "So the pointer gets the bucket's generation, rather than being dropped."), "run check_allocations\nplan\ncommit" },
		{ N_("A generation has eight bits. gc_gens finds the oldest one that pointers into each bucket still have, so that the counter never runs into a pointer "
		     "from 256 generations ago. It is run on request."), "run gc_gens\ngc" },
	} },
	{ .name = "commit", .title = N_("commit, journal and undo"), .recipe = RECIPE, .damage = { "overlap-next-part extents:0 @4" }, .goal = LESSON_UNDO,
	  .yes = { "btree_node_topology_bad_max_key", "btree_node_topology_bad_min_key" }, .step = {
		{ N_("A repair is a change of keys, kept in memory: the plan. Make one; then see which journal entries there are, before anything is written."),
		  "run check_topology\nplan\njournal" },
		{ N_("commit writes no btree node. It makes an undo file durable first; then the superblock copies are written; then journal entries are appended behind the "
		     "last one, without effect yet; then one last entry that makes them count. A kernel replays them at the next mount. If the power fails "
		     "before the last entry, nothing has happened."), "commit\njournal" },
		{ N_("lesson check says that the repair stands on disk. The undo file holds every byte that was replaced, and undo puts them back, as long as nobody has "
		     "used the filesystem since. (For another session: arborist undo FILE.)"), "lesson check\nundo\njournal" },
		{ N_("Every byte is as it was before, and so is the damage."), "run check_topology" },
	} },
};
const size_t lessons_nr = sizeof(lessons) / sizeof(lessons[0]);
