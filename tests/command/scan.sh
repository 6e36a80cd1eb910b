#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Where the device scan looks: by the superblock's bitmaps, everywhere, or by what the tree shows of the bitmaps.
. "${top_srcdir:-.}/tests/command/lib.sh"
"$tools/../image/mkimage" size=32M dirs=6 files=300 keys=16 fanout=6 depth=3 seed=5 damage="bitmap dirents @3" damage="gap-leaf dirents @3" "$tmp/gap.img" >/dev/null || exit 99
"$tools/../image/mkimage" size=32M dirs=6 files=300 keys=16 fanout=6 depth=3 seed=5 damage="gap-leaf dirents @3" "$tmp/right.img" >/dev/null || exit 99
filled=arborist_topology_fill_from_scan

run 4 -n -e "set scan bitmap" -e "run check_topology" "$tmp/gap.img"
has btree_node_topology_bad_min_key
has_not $filled
run 4 -n -e "run check_topology" "$tmp/gap.img"
has $filled
says "(whole devices)"
run 4 -n -e "run check_topology" "$tmp/right.img"
has $filled
! grep -q "whole devices" "$tmp/err" || fail "the bitmaps are right, and not followed"
run 0 -n -e "set scan whole" -e "run scan_for_btree_nodes" -e scanned "$tmp/right.img"
says "(whole devices)"
has "(whole devices)"
run 16 -e "set scan everywhere" "$tmp/right.img"
says "expected auto|whole|bitmap"
run 0 -e set "$tmp/right.img"
has "(auto|whole|bitmap)"

# What becomes of what was found, and why.
mk() { "$tools/../image/mkimage" size=32M dirs=8 files=400 filesize=6000 keys=16 fanout=6 depth=3 seed=5 "$@" >/dev/null || exit 99; }
used() { run 0 -e "run scan_for_btree_nodes" -e scanned "$1"; grep -c "; $2" "$tmp/out"; }
mk damage="stale-node inodes" damage="gap-leaf dirents" "$tmp/use.img"
[ "$(used "$tmp/use.img" "would be used: the pointer that names it leads to another place")" = 1 ] || fail "a copy of a node that is unreadable in its place"
[ "$(used "$tmp/use.img" "would be used: the tree covers its range not at all")" = 1 ] || fail "a leaf without a pointer"
mk damage="unreadable-root extents" "$tmp/root.img"
run 0 -e "run scan_for_btree_nodes" -e "scanned extents:0" "$tmp/root.img"
has "would be used: the btree has no root that can be read"
has_not "used: the tree has it"
run 0 -e "run scan_for_btree_nodes" -e "scanned extents:1" "$tmp/root.img"
has "not used: upper levels are made anew"
# As the tree is now: after the gap is filled in the plan, the node is in the tree.
run 4 -n -e "run check_topology" -e "scanned dirents" "$tmp/right.img"
has_not "would be used"
has "used: the tree has it"
finish
