/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands: one row each. Help, completion and the manual are made from it. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "internal.h"

const struct command commands[] = {
	{ "info", "", N_("summary of the filesystem"),
	  N_("Devices, identity, version, how it was left, the journal, and what stands in the plan."), 0, 0,
	  COMPLETE_NONE, JOB_BROWSE, cmd_info },
	{ "super", "[DEV] [-c]", N_("the superblock, or with -c its copies compared"),
	  N_("DEV is a member number or the path as it was given; without it the newest good copy of all devices is shown. "
	  "-c lists every copy of every device and names the lines in which a copy differs from the newest."), 0, 2,
	  COMPLETE_NONE, JOB_BROWSE, cmd_super },
	{ "devices", "", N_("the devices that were opened, and whether they may be written"),
	  N_("A device that is mounted, held by another process or read-only is read, never written."), 0, 0,
	  COMPLETE_NONE, JOB_BROWSE, cmd_devices },
	{ "members", "", N_("the member slots of the superblock, present or missing"), NULL, 0, 0,
	  COMPLETE_NONE, JOB_BROWSE, cmd_members },
	{ "btrees", "", N_("every btree: root, depth, nodes, readable or not"),
	  N_("Reads the interior nodes to count; leaves are not read."), 0, 0,
	  COMPLETE_NONE, JOB_BROWSE, cmd_btrees },
	{ "goto", "BTREE[:LEVEL] [POS]", N_("move the cursor to the node that holds a position"),
	  N_("POS is inode:offset:snapshot; POS_MIN, POS_MAX and SPOS_MAX are known, and U32_MAX as a part. Without POS: the root, "
	  "or the first node of LEVEL. Without LEVEL: the leaf."), 1, 2,
	  COMPLETE_BTREE, JOB_BROWSE, cmd_goto },
	{ "up", "", N_("to the parent of the node at the cursor"), NULL, 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_up },
	{ "down", "[N]", N_("to a child: the Nth, or the one that holds the position"), NULL, 0, 1, COMPLETE_NONE, JOB_BROWSE, cmd_down },
	{ "sibling", "[-]", N_("to the next node of the same level, with - to the one before"), NULL, 0, 1,
	  COMPLETE_NONE, JOB_BROWSE, cmd_sibling },
	{ "back", "", N_("to where the cursor stood before"), NULL, 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_back },
	{ "forward", "", N_("undoes back"), NULL, 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_forward },
	{ "mark", "[X]", N_("remember the place at the cursor under a letter, a to z; without one: list the marks"), NULL, 0, 1, COMPLETE_NONE, JOB_BROWSE, cmd_mark },
	{ "jump", "X", N_("go to a marked place"), NULL, 1, 1, COMPLETE_NONE, JOB_BROWSE, cmd_jump },
	{ "nodes", "[BTREE[:LEVEL]]", N_("the pointers to the nodes of a btree"),
	  N_("With LEVEL only that level's, in key order; without it all of them, children before their parent. "
	  "Without BTREE: those of the cursor's btree and level."), 0, 1,
	  COMPLETE_BTREE, JOB_BROWSE, cmd_nodes },
	{ "node", "", N_("the node at the cursor: header, bsets with their checksums, defects"), NULL, 0, 0,
	  COMPLETE_NONE, JOB_BROWSE, cmd_node },
	{ "keys", "[BTREE [START [END]]]", N_("keys, one line each"),
	  N_("START and END are positions, both included; parts left out of START count as 0, of END as the largest. Keys of the journal and "
	  "of the plan are seen. Without BTREE: the keys of the node at the cursor, or of every btree when there is no cursor."), 0, 3,
	  COMPLETE_BTREE, JOB_BROWSE, cmd_keys },
	{ "key", "[POS]", N_("the whole text of the key at or after the cursor"), NULL, 0, 1, COMPLETE_NONE, JOB_BROWSE, cmd_key },
	{ "bsets", "", N_("the sorted sets the node at the cursor is made of"), NULL, 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_bsets },
	{ "format", "", N_("how the keys of the node at the cursor are packed"), NULL, 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_format },
	{ "hex", "", N_("the bytes of the node at the cursor, field by field"), NULL, 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_hex },
	{ "follow", "", N_("go to what the key at the cursor points to"),
	  N_("A node pointer leads to its node, a directory entry to its inode, a reflink pointer to its extent, a backpointer to what it stands for."),
	  0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_follow },
	{ "replicas", "", N_("every copy of the node at the cursor, read by itself, and what differs"),
	  N_("Bytes that differ stand side by side in brackets, keys that only one copy has below them."), 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_replicas },
	{ "bucket", "DEV:N", N_("a bucket: who claims it, what its alloc key says and should say"),
	  N_("Walks every btree for pointers into the bucket, beside superblock copies, journal and stripes, and lists its backpointers. What is expected is what "
	  "check_allocations would count, its suggested repairs taken. Works in any state, before any pass."), 1, 1,
	  COMPLETE_NONE, JOB_BROWSE, cmd_bucket },
	{ "find", "EXPR", N_("search the keys of all btrees, or of one, with an expression"),
	  N_("Tests like type=dirent, btree=extents, pos=4097:8..4099, bucket=0:128, dev=1, size>4096 or name~.conf; comparisons are = != < <= > >= and "
	  "~ (has the text); a range LO..HI can stand after = and !=; numbers may end in K, M, G. Joined by and (or nothing), or, not and brackets. A word "
	  "alone is looked for in the text of the key. Quote what the shell or the command line would split."), 1, COMMAND_ARGS_MAX - 1,
	  COMPLETE_FIELD, JOB_BROWSE, cmd_find },
	{ "inode", "N", N_("the keys of inode N: inode, extents, directory entries, attributes"), N_("In every snapshot."), 1, 1,
	  COMPLETE_NONE, JOB_BROWSE, cmd_inode },
	{ "path", "INUM | DEV:BUCKET", N_("the names that lead to an inode, or to what has data in a bucket"),
	  N_("One a line, as each subvolume sees it. Where the way up is broken it begins with what is known in brackets."), 1, 1,
	  COMPLETE_NONE, JOB_BROWSE, cmd_path },
	{ "journal", "[-a] [SEQ] | -k BTREE:POS", N_("journal entries, or those that touched a key"),
	  N_("Those that a mount would look at; with -a everything the rings still hold; with SEQ that one entry. "
	  "-k shows what the journal still knows of a key or a range BTREE:START..END: each change with the transaction that made it, the oldest first."), 0, 3,
	  COMPLETE_NONE, JOB_BROWSE, cmd_journal },
	{ "scanned", "[BTREE[:LEVEL]]", N_("nodes found by the device scan, used or not"),
	  N_("Range, generation, cookie and copies of each, which one wins where they overlap, and whether a pointer leads to it. "
	  "run scan_for_btree_nodes fills it."), 0, 1,
	  COMPLETE_BTREE, JOB_BROWSE, cmd_scanned },
	{ "passes", "", N_("every recovery pass: stable id, state, what it does, why it is scheduled"), NULL, 0, 0,
	  COMPLETE_NONE, JOB_BROWSE, cmd_passes },
	{ "run", "PASS[:BTREE[:START..END]]...", N_("run passes, or one over one btree or range"),
	  N_("Questions go to whoever answers: the dialog, the prompt, or the options -n, -y, -p. Nothing is written before commit."), 1, 16,
	  COMPLETE_PASS, COMMAND_LASTS, cmd_run },
	{ "gc", "[BTREE[:LEVEL] [POS]]", N_("where the pass stands: phase, position, counters, speed"),
	  N_("With a place: whether check_allocations or gc_gens, when one of them runs, has come by there or still will. Leaves first, btree by btree: alloc, stripes, "
	  "then the others."), 0, 2, COMPLETE_BTREE, JOB_BROWSE, cmd_gc },
	{ "break", "[PASS|FINDING|BTREE[:POS[..POS]]|bucket DEV:N|mutation|node]", N_("stop a pass where one wants to look; alone: list the breakpoints"),
	  N_("FINDING is an id or its number, and stops before the finding is decided. BTREE:POS stops at the leaf that holds the position, and at findings "
	  "and repairs about it. bucket stops at every key with a pointer into the bucket. mutation stops after every repair that goes into the plan, node at every "
	  "node; the words pass and finding alone mean any. While a pass is stopped everything can be looked at; explain says why it stands "
	  "there, and step, next, finish, continue and stop go on."), 0, 2,
	  COMPLETE_BREAK, JOB_BROWSE | COMMAND_LASTS, cmd_break },
	{ "watch", "BTREE:POS", N_("stop when a repair changes a key or the pointer to a node, and show old and new"),
	  N_("POS as for break; parts left out mean all there are."), 1, 2, COMPLETE_BTREE, JOB_BROWSE | COMMAND_LASTS, cmd_watch },
	{ "delete", "[N]", N_("forget breakpoint or watch N, or all of them"), NULL, 0, 1, COMPLETE_NONE, JOB_BROWSE | COMMAND_LASTS, cmd_delete },
	{ "step", "", N_("from a stop to the next decision or repair"),
	  N_("First it stops before a finding is decided, then, when it was fixed, after the repair went into the plan. Given while a pass runs: the pass "
	  "stops at the next of them."), 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_step },
	{ "next", "", N_("from a stop to the next node"), N_("Findings of this node are decided on the way, with their questions."), 0, 0,
	  COMPLETE_NONE, JOB_BROWSE, cmd_next },
	{ "finish", "", N_("from a stop until the pass leaves this level of the btree"), NULL, 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_finish },
	{ "continue", "", N_("from a stop to the next breakpoint, or to the end"), NULL, 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_continue },
	{ "stop", "", N_("end the pass that is stopped, or that runs"),
	  N_("What was accepted so far stays in the plan; what was not decided counts as left."), 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_stop },
	{ "findings", "[ID|N|upkeep]", N_("what was found, decided and left"),
	  N_("With a finding's id only those; with a number that one in full; with the word upkeep what was asked about though it is no error."), 0, 1, COMPLETE_FINDING, JOB_BROWSE, cmd_findings },
	{ "answer", "N y|n|Y|N|CHOICE|stop", N_("answer the question of finding N"),
	  N_("y fixes, n skips, Y and N do so for all of this kind (same id and place), stop ends the pass; where a question has other choices, "
	  "CHOICE is the number or the name of one. Given before the finding comes up, the answer waits for it (a choice by its number)."), 2, 2, COMPLETE_NONE, JOB_BROWSE, cmd_answer },
	{ "policy", "[ID yes|no|ask]", N_("how findings of a kind are answered without asking"),
	  N_("As a line of a policy file: yes fixes, no skips, ask asks a person, if there is one. Without arguments: what holds now."),
	  0, 2, COMPLETE_FINDING, JOB_BROWSE | COMMAND_LASTS, cmd_policy },
	{ "explain", "[N]", N_("why the engine stands here: the rule, both sides, what each answer would do"),
	  N_("Which row of which table applies, to which data, who wins and why, and what each answer would change and lose: of finding N, of the "
	  "question that waits, of the place where a pass is stopped, else of the node and key at the cursor, or of the last finding."), 0, 1,
	  COMPLETE_NONE, JOB_BROWSE, cmd_explain },
	{ "plan", "[[BTREE] [ID] | loss]", N_("the repairs that stand in memory, and what they would lose"),
	  N_("All of them and how many there are by btree and kind; or those of one btree, of one kind of finding, or of both. "
	  "plan loss tells what would be lost down to inodes and their paths: what is no longer reached, and what other keys say was there."), 0, 2,
	  COMPLETE_PLAN, JOB_BROWSE, cmd_plan },
	{ "diff", "[N | key BTREE POS | node BTREE[:LEVEL] POS | tree [BTREE] | counters]", N_("before and after: repairs, a key, a node, the tree, counters"),
	  N_("Without an argument of all repairs, with N of that one. key and node compare what is at a position on disk and as planned; tree lists the "
	  "pointers to nodes that come and go, and counts nodes by level; counters lists the disk usage that changes."), 0, 3,
	  COMPLETE_BTREE, JOB_BROWSE, cmd_diff },
	{ "drop", "N", N_("take repair N back, and those that stand on it"), NULL, 1, 1, COMPLETE_NONE, 0, cmd_drop },
	{ "save", "FILE", N_("keep the plan with its findings in a file, for a later session"),
	  N_("Bound to this filesystem as it is now: once it has been mounted or repaired, the file cannot be loaded any more."), 1, 1,
	  COMPLETE_FILE, JOB_BROWSE | COMMAND_UNRECORDED, cmd_save },
	{ "load", "FILE", N_("take the plan of a file into this session, whose own has to be empty"),
	  N_("Nothing is written before commit, which writes the same bytes as it would have when the plan was saved."), 1, 1,
	  COMPLETE_FILE, 0, cmd_load },
	{ "commit", "", N_("write the plan: undo file first, then the journal, then check again"),
	  N_("The undo file is durable before the first byte is replaced. Afterwards the devices are read again and the same passes run once more."),
	  0, 0, COMPLETE_NONE, COMMAND_CONFIRM, cmd_commit },
	{ "undo", "", N_("put back every byte the last commit of this session replaced"),
	  N_("For a commit of an earlier session: arborist undo UNDO-FILE."), 0, 0, COMPLETE_NONE, COMMAND_CONFIRM, cmd_undo },
	{ "capture", "[--names] FILE", N_("the metadata as an image that can be opened in place of the device"),
	  N_("Superblocks, journal and btree nodes as they are on disk, also those that no tree leads to; no data. A compressed qcow2 image; with several devices "
	  "one for each, FILE.0, FILE.1 and so on. Names, attributes and data inside keys become letters of the same length, unless --names is given."), 1, 2,
	  COMPLETE_FILE, JOB_BROWSE, cmd_capture },
	{ "source", "FILE", N_("run the commands of a file"), N_("The first command that fails ends it. A file named .lua is Lua."), 1, 1, COMPLETE_FILE, JOB_STOPPED | COMMAND_UNRECORDED, cmd_source },
	{ "lua", "[EXPR]", N_("run a line of Lua and show what it gives"),
	  N_("Every command is a function of the table arborist and returns its rows: arborist.findings(), arborist.run(\"check_topology\"); "
	  "goto and break are words of Lua, so they are arborist.goto_ and arborist.break_. "
	  "keys(BTREE[:LEVEL] [, START [, END]]), nodes(BTREE[:LEVEL]), findings([ID]) and buckets([DEV]) go through what there is one by one in a for. "
	  "A function on_finding(f) that returns \"yes\", \"no\", \"stop\", or \"YES\", \"NO\" for all of a kind, answers; nil asks. "
	  "What a line defines is there in the next. source FILE.lua runs a file."), 0, 1,
	  COMPLETE_NONE, JOB_STOPPED | COMMAND_RAW | COMMAND_UNRECORDED, cmd_lua },
	{ "lesson", "[next|back|check]", N_("the lesson one is in: this step, the next, or whether it is done"),
	  N_("In the screen L shows it, and again L goes on. Outside of a lesson: what lessons there are."), 0, 1, COMPLETE_NONE, JOB_BROWSE, cmd_lesson },
	{ "record", "FILE", N_("write every command and decision of this session into a file"),
	  N_("From the beginning of the session on, and what still comes. arborist --replay FILE on the same filesystem in the same state, or a copy, "
	  "does the same again and writes the same bytes. FILE must not exist."), 1, 1, COMPLETE_FILE, JOB_BROWSE | COMMAND_UNRECORDED, cmd_record },
	{ "set", "[NAME VALUE]", N_("settings and their values, or a new value for one"),
	  N_("Without VALUE the setting is shown. The configuration file, see arborist-config(5), takes the same names."), 0, 2,
	  COMPLETE_SETTING, JOB_BROWSE | COMMAND_LASTS, cmd_set },
	{ "help", "[WORD]", N_("this list, or what a command, finding, pass, btree, key type or word means"), NULL, 0, 1,
	  COMPLETE_COMMAND, JOB_BROWSE | COMMAND_UNRECORDED, cmd_help },
	{ "quit", "", N_("leave; a plan that was not committed is forgotten"), NULL, 0, 0, COMPLETE_NONE, JOB_BROWSE, cmd_quit },
};
const size_t commands_nr = sizeof(commands) / sizeof(commands[0]);
