#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A damaged filesystem from -n to undo: statuses, nothing written before commit, transcript, JSON lines, bit-exact undo.
. "${top_srcdir:-.}/tests/command/lib.sh"
image damaged "overlap-prev-part dirents:0 @2"
img=$tmp/damaged.img
id=btree_node_topology_bad_min_key
before=$(state_of "$img")
sum=$(sha256sum <"$img")

run 4 -n "$img"
has $id
run 4 -n --json "$img"
"$tools/jsonlines" <"$tmp/out" >"$tmp/events" || fail "-n --json"
cp "$tmp/out" "$tmp/json"
grep '"event":"finding"' "$tmp/json" | grep '"id":"'$id'","nr":63' | grep -q '"answer":"fix","source":"option"' || fail "the finding event"
grep -q '"event":"summary","found":1,"fixed":0,"left":1,"status":4' "$tmp/out" || fail "the summary event"
run 4 -n -e "run check_topology" -e plan -e diff -e findings -e "findings 1" -e "explain" -e "findings $id" -e gc -e passes "$img"
has "repair 1"
run 12 -n -e "run check_topology" -e commit "$img"
run 4 -y -e "run check_topology" -e "drop 1" -e plan "$img"
has "the plan is empty"
run 0 -n -b extents "$img"
pos=$(sed -n 's/.*"event":"finding".*"pos":"\([0-9]*\):.*/\1/p' "$tmp/json")
run 4 -y -e "run check_topology:dirents:$pos..$pos" "$img"
run 0 -y -e "run check_topology:dirents:1..2" "$img"
[ "$before" = "$(state_of "$img")" ] || fail "written without a commit"

run 8 -y --undo "$tmp/script" "$img" --transcript "$img"
[ "$before" = "$(state_of "$img")" ] || fail "the transcript went into the device"
: >"$tmp/exists"
run 8 -y --undo "$tmp/exists" "$img"
one_line
run 12 -y --undo "$tmp/no/such/folder" "$img"
[ "$sum" = "$(sha256sum <"$img")" ] || fail "written without an undo file"

run 1 -y --undo "$tmp/undo" --transcript "$tmp/transcript" --json "$img"
"$tools/jsonlines" <"$tmp/out" >"$tmp/events" || fail "-y --json"
grep -q '"event":"commit","keys":[1-9][0-9]*,"undo":"'"$tmp/undo"'"' "$tmp/out" || fail "the commit event"
grep -q '"found":1,"fixed":1,"left":0,"status":1' "$tmp/out" || fail "the summary event after -y"
run 0 -e super "$img"
grep -Eq "^$id +1 " "$tmp/out" || fail "the superblock does not count the error"
for what in "finding 1: $id" "answer 1: fix (option)" "  - dirents" "  + dirents" "undo file $tmp/undo" "write: device 0" "written" "re-check: clean"; do
	grep -qF -- "$what" "$tmp/transcript" || fail "not in the transcript: $what"
done
run 0 -n "$img"
has "clean"
run 0 undo -n "$tmp/undo"
[ "$sum" != "$(sha256sum <"$img")" ] || fail "undo -n wrote"
run 0 undo "$tmp/undo"
[ "$sum" = "$(sha256sum <"$img")" ] || fail "undo is not bit-exact"
run 8 undo "$tmp/transcript"

run 1 -y -e "run check_topology" -e commit "$img"
has "checked again: clean"
run 0 -n "$img"
# what was wrong with the bytes stands beside what it led to
image zeroes "unreadable-leaf dirents:0 @2"
run 4 -n --json "$tmp/zeroes.img"
grep -q '"id":"btree_node_unreadable".*"causes":\["btree_node_bad_magic"\]' "$tmp/out" || fail "the cause of an unreadable node"
image wrong "unreadable-leaf-csum dirents:0 @2"
run 4 -n --json "$tmp/wrong.img"
grep -q '"id":"bset_bad_csum".*"causes":\[' "$tmp/out" || fail "a node that was read with a wrong checksum"
image other "wrong-btree-id dirents"
run 4 -n --json "$tmp/other.img"
grep -q '"causes":\["btree_node_bad_btree"\]' "$tmp/out" || fail "the cause of a foreign node"
# what changes within a key of several lines is shown, and what a change of a counter comes to
image sectors "alloc-dirty-sectors alloc"
run 4 -y -e "run check_allocations" -e "diff 1" "$tmp/sectors.img"
[ "$(grep -c '^      dirty_sectors ' "$tmp/out")" = 2 ] || { fail "the line that changes"; cat "$tmp/out"; }
has_not "      stripe_sectors "
image counter "accounting-counter accounting"
run 4 -n -v "$tmp/counter.img"
grep -q '^      a change, which makes [0-9]' "$tmp/out" "$tmp/err" || fail "what the counter becomes"
finish
