#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Rehearsing: the plan by btree and kind, views on disk and as planned, before and after of keys, nodes, tree and counters, passes over
# the plan, taking a repair back with what builds on it, saving and loading; nothing is written.
. "${top_srcdir:-.}/tests/command/lib.sh"
image two "overlap-prev-part dirents:0 @2"
img=$tmp/two.img
"$tools/../image/mkimage" damage="gap-leaf-lost extents:0 @3" damage="alloc-dirty-sectors alloc:0" "$img" >/dev/null || exit 99
before=$(state_of "$img")
check="run check_topology check_allocations"

run 4 -n -e "$check" -e plan -e "plan dirents" -e "plan alloc_key_dirty_sectors_wrong" "$img"
has "dirents  btree_node_topology_bad_min_key: 1;"
grep -qE '^1 of [0-9]+ repairs; ' "$tmp/out" || fail "repairs of one btree"
has "extents  btree_node_topology_bad_m"
run 20 -n -e "$check" -e "plan nonsense" "$img"

# over the plan the same passes have nothing to say
run 4 -n -e "$check" -e "set pace 0" -e "run check_topology" -e "run check_allocations" "$img"
[ "$(grep -c '^check_topology: clean, 0 found' "$tmp/out")" = 1 ] || fail "check_topology over the plan"
[ "$(grep -c '^check_allocations: clean, 0 found' "$tmp/out")" = 1 ] || fail "check_allocations over the plan"

run 4 -n -e "$check" -e "diff tree dirents" "$img"
old=$(grep -m1 '^- u64s' "$tmp/out" | cut -c3-) new=$(grep -m1 '^+ u64s' "$tmp/out" | cut -c3-)
[ -n "$old" ] && [ -n "$new" ] || fail "diff tree"
pos=$(awk '{ print $5 }' <<<"$new")
line() { grep -qxF -- "$1" "$tmp/out" || fail "no line: $1"; }
no_line() { ! grep -qxF -- "$1" "$tmp/out" || fail "a line: $1"; }
run 4 -n -e "$check" -e "set view disk" -e "nodes dirents:0" "$img"
line "$old"
no_line "$new"
run 4 -n -e "$check" -e "set view disk" -e "set view plan" -e "nodes dirents:0" "$img"
line "$new"
no_line "$old"
run 4 -n -e "$check" -e "diff node dirents:1 $pos" -e "diff key dirents:1 $pos" "$img"
[ "$(grep -cxF -- "+ $new" "$tmp/out")" = 2 ] && [ "$(grep -cxF -- "- $old" "$tmp/out")" = 1 ] || fail "diff of node and key"
grep -qE '^[0-9]+ keys are the same' "$tmp/out" || fail "keys that are the same"
run 4 -n -e "$check" -e "diff counters" "$img"
grep -qE '^dev_data_type .*: [0-9-]+.* -> [0-9-]+' "$tmp/out" || fail "diff counters"
run 20 -n -e "$check" -e "set view both" "$img"
run 20 -n -e "$check" -e "diff key dirents" "$img"
run 20 -n -e "$check" -e "diff 99" "$img"
run 4 -n -e "$check" -e "diff key dirents:1 ${pos%:*}" "$img"		# the snapshot may be left out
[ "$(grep -cxF -- "+ $new" "$tmp/out")" = 1 ] || fail "diff of a key without its snapshot"
run 20 -n -e "$check" -e "diff key dirents:1 ${pos%:*}:7" "$img"
run 0 -n -e "diff tree" -e "diff counters" -e "plan loss" "$img"
has "the plan changes no pointer to a node"

# taking the gap's repair back takes what was counted after it
run 4 -n -e "$check" -e plan -e "findings" "$img"
gap=$(sed -n 's/^repair \([0-9]*\) .*extents\|^repair \([0-9]*\) (btree_node_topology_bad_m.*/\1\2/p' "$tmp/out" | head -1)
run 4 -n -e "$check" -e "drop $gap" -e plan "$img"
has "goes with it: repair "
grep -qE '^[0-9]+ repairs taken back' "$tmp/out" || fail "how many are taken back"

run 4 -n -e "$check" -e "save $tmp/plan" "$img"
run 4 -n -e "load $tmp/plan" -e plan "$img"
has "dirents  btree_node_topology_bad_min_key: 1;"
run 12 -n -e "$check" -e "save $tmp/plan" "$img"
run 12 -n -e "$check" -e "load $tmp/plan" "$img"
run 8 -n -e "load $img" "$img"
says "damaged"
run 8 -n -e "load $tmp/nowhere" "$img"
[ "$before" = "$(state_of "$img")" ] || fail "written without a commit"
run 1 -y --undo "$tmp/undo" -e "load $tmp/plan" -e commit "$img"
has "checked again: clean"
[ "$(stat -f -c %T "$tmp")" = tmpfs ] || has_not "WARNING"
run 8 -n -e "load $tmp/plan" "$img"
says "check again"
run 0 -n "$img"
run 0 undo "$tmp/undo"
run 4 -n -e "load $tmp/plan" "$img"

# where the undo file goes with the memory it lies in, that is said
if memory=$(mktemp -d /dev/shm/arborist.XXXXXX 2>/dev/null) && [ "$(stat -f -c %T "$memory")" = tmpfs ]; then
	run 1 -y --undo "$memory/undo" -e "load $tmp/plan" -e commit "$img"
	has "WARNING: the undo file lies in memory"
	run 0 undo "$memory/undo"
fi
rm -rf "$memory"

# a repair stands with the btree that it is about; one of a superblock copy stands with none
"$tools/../image/mkimage" damage=accounting-counter\ accounting damage=superblock-first "$img" >/dev/null || exit 99
run 4 -n -e "$check" -e plan -e "plan accounting" "$img"
has "accounting  accounting_mismatch: "
has "  -  arborist_superblock_copy_damaged: 1; nothing is lost"
has_not "extents  a"
grep -qE '^repair [0-9]+ \(accounting_mismatch, ' "$tmp/out" || fail "a repair of accounting"
grep -qE '^[1-9][0-9]* of [0-9]+ repairs; nothing is lost' "$tmp/out" || fail "repairs of accounting"
run 4 -n -e "$check" -e "plan extents" "$img"
has_not "write the superblock copy"
run 4 -n --json -e "$check" -e plan "$img"
grep '"event":"repair".*superblock_copy' "$tmp/out" | grep -qF '"btree"' && fail "a superblock copy in a btree"

# disk usage with the plan is that after the commit: with the nodes that it writes anew
image anew "unreadable-leaf-csum inodes:0 @1"
img=$tmp/anew.img
"$tools/../image/mkimage" damage="unreadable-root dirents" "$img" >/dev/null || exit 99
run 4 -n --json -e "$check" -e plan "$img"
sed -n 's/.*"event":"usage","dev":0,"data_type":"\([a-z_]*\)".*"after":{"buckets":\([0-9]*\),"sectors":\([0-9]*\),"fragmented":\([0-9]*\)}.*/\1 \2 \3 \4/p' "$tmp/out" | sort >"$tmp/planned"
run 1 -y --undo "$tmp/undo.anew" "$img"
run 0 -e "keys accounting" "$img"
sed -n 's/.*dev_data_type dev=0 data_type=\([a-z_]* [0-9]* [0-9]* [0-9]*\)$/\1/p' "$tmp/out" | sort >"$tmp/counted"
grep -q '^btree [1-9]' "$tmp/counted" || fail "no counters"
awk '$2 + $3 + $4' "$tmp/counted" | diff "$tmp/planned" - || fail "disk usage of the plan"
finish
