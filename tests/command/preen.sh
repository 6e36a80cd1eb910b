#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# -p repairs what is safe unasked and stops at the first other finding that must be fixed; a policy file decides in its place.
. "${top_srcdir:-.}/tests/command/lib.sh"
image gap "gap-leaf extents:0 @3"
image overlap "overlap-prev-part dirents:0 @2"
image lost "gap-leaf-lost inodes:0 @3"

run 1 -p --undo "$tmp/u1" "$tmp/gap.img"
has "arborist_topology_fill_from_scan"
run 0 -n "$tmp/gap.img"
for img in overlap lost; do
	before=$(state_of "$tmp/$img.img")
	run 4 -p "$tmp/$img.img"
	has "stopped here (option)"
	[ "$before" = "$(state_of "$tmp/$img.img")" ] || fail "-p wrote to $img"
done
echo "btree_node_topology_bad_min_key yes" >"$tmp/policy"
run 1 -p --policy "$tmp/policy" --undo "$tmp/u2" "$tmp/overlap.img"
has "(policy)"
run 0 undo "$tmp/u2"
echo "btree_node_topology_bad_min_key no" >"$tmp/policy"
before=$(state_of "$tmp/overlap.img")
run 4 -y --policy "$tmp/policy" "$tmp/overlap.img"
[ "$before" = "$(state_of "$tmp/overlap.img")" ] || fail "written against the policy"
echo "nonsense yes" >"$tmp/policy"
run 16 -n --policy "$tmp/policy" "$tmp/overlap.img"
one_line
run 16 -n --policy "$tmp/nothing" "$tmp/overlap.img"
one_line
run 16 -n --policy "$tmp" "$tmp/overlap.img"
run 16 -n --policy /dev/zero "$tmp/overlap.img"
finish
