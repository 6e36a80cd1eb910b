#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A plan for which the journal has no room beside what the next mount needs of it: keys go into leaves written anew. Where those have no place, what
# follows from other keys is asked of that mount, and called by that name wherever it shows up again. What does not follow is written.
. "${top_srcdir:-.}/tests/command/lib.sh"
img=$tmp/left.img
words=()
for leaf in 0 1 2 3 4 5 6; do words+=("damage=alloc-all-dirty alloc @$leaf"); done
make() { "$tools/../image/mkimage" size=288M bucket=64K journal=8 dirs=4 files=1050 filesize=400000 shared=4 seed=21 "${words[@]}" \
	"damage=reflink-refcount reflink" "$@" "$img" >"$tmp/mk" 2>&1 || { cat "$tmp/mk"; exit 99; }; }

make
before=$(sha256sum <"$img")
run 1 -y --undo "$tmp/undo0" "$img"
[ "$(sed -n 's/.*no room for \([0-9]*\) keys: they go into leaves written anew.*/\1/p' "$tmp/err")" -gt 1755 ] || fail "the journal would have had room"
has "checked again: clean"
run 0 -n "$img"
run 0 undo "$tmp/undo0" "$img"
[ "$before" = "$(sha256sum <"$img")" ] || fail "undo did not put back every byte"

make "damage=sb-field member.DATA_ALLOWED=set:20"	# no new nodes on this device
before=$(sha256sum <"$img")

run 4 -y --undo "$tmp/undo" "$img"
left=$(sed -n 's/.*no room for \([0-9]*\) keys that follow from others.*/\1/p' "$tmp/err")
[ "${left:-0}" -gt 1755 ] || fail "only ${left:-0} keys are left out: the journal would have had room"
has "checked again: $left left to the next mount, as asked of it, and 0 others left"
has "$((left + 1)) findings: 1 repaired, $left left"
# what is found again is not shown as something new
awk '/^check_topology:/ { runs++ } runs == 2 && /_wrong / { bad = 1 } END { exit bad || runs != 2 }' "$tmp/out" || fail "the re-check shows them again"
# a later session says what was handed over, and why the passes are scheduled
run 4 -n "$img"
has "$left findings: $left could be repaired now, 0 not"
has "$left of them are of kinds that the superblock asks the next mount to repair"
[ "$(grep -c '_wrong .* (requested of the next mount by the superblock)$' "$tmp/out")" = "$left" ] || fail "not every finding is marked"
run 4 --json -n "$img"
[ "$(grep -c '"event":"finding".*"of_mount":true' "$tmp/out")" = "$left" ] || fail "not every finding is marked in JSON"
has "\"of_mount\":$left,\"status\":4"
run 0 -e info -e passes -e plan "$img"
has "next mount   runs, requested by the superblock: check_allocations, check_alloc_info"
grep -q "check_allocations .*the next mount runs it: asked for by the superblock" "$tmp/out" || fail "passes does not say why"
has "requested by the superblock already: check_allocations, check_alloc_info"
run 0 undo "$tmp/undo" "$img"
[ "$before" = "$(sha256sum <"$img")" ] || fail "undo did not put back every byte"

run 4 --json -y --undo "$tmp/undo2" "$img"
has "\"left_to_mount\":$left,\"recheck_clean\":false"
has "\"fixed\":1,\"left\":$left,\"left_to_mount\":$left,\"status\":4"
finish
