#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A clean filesystem: status 0 however it is checked, and not a byte, size or time of it changes (promises 1 and 10).
. "${top_srcdir:-.}/tests/command/lib.sh"
image clean
img=$tmp/clean.img
before=$(state_of "$img")

run 0 -e info -e keys "$img"
[ -z "$(find "$tmp/state" -type f 2>/dev/null)" ] || fail "looking left a file behind"
for mode in -n -p -y; do
	run 0 $mode "$img"
	has "clean"
	run 0 $mode --json "$img"
	"$tools/jsonlines" <"$tmp/out" >"$tmp/events" || fail "$mode --json"
	grep -qx pass "$tmp/events" || fail "$mode --json: no pass event"
	! grep -qx finding "$tmp/events" || fail "$mode --json: findings"
done
run 0 -n -b extents "$img"
run 0 -n -r gc_gens -r check_topology "$img"
has "check_topology: clean"
has "gc_gens: clean"

# Upkeep is no finding, in whatever clean filesystem and whichever pass is run by name; but it is asked about.
upkeep()
{
	local status=$1 more=$2 events=$3

	shift 3
	run "$status" "$@"
	[ "$(grep -c '"event":"finding"' "$tmp/out")" = 0 ] || fail "$*: findings"
	[ "$(grep -c '^{"event":"upkeep"' "$tmp/out")" "$more" "$events" ] || fail "$*: $(grep -c '^{"event":"upkeep"' "$tmp/out") of upkeep"
}
i=0
for recipe in "files=60 filesize=20000 gens=1" "unclean=1 files=20 filesize=20000 gens=1" "shared=6 snapshots=2 compressed=3 xattrs=2 types=1 gens=1 files=40"; do
	i=$((i + 1))
	"$tools/../image/mkimage" size=16M dirs=2 $recipe "$tmp/kind$i.img" >/dev/null || exit 99
	for pass in scan_for_btree_nodes check_topology accounting_read alloc_read stripes_read snapshots_read check_allocations; do
		upkeep 0 -eq 0 -n --json -r "$pass" "$tmp/kind$i.img"
	done
	upkeep 0 -ge 0 -n --json -r gc_gens "$tmp/kind$i.img"
done
"$tools/../image/mkimage" size=16M dirs=2 files=60 filesize=20000 gens=1 "damage=alloc-all-oldest alloc" "$tmp/lags.img" >/dev/null || exit 99
upkeep 0 -gt 3 -n --json -r gc_gens "$tmp/lags.img"
upkeep 0 -eq 0 --json -e "policy gc_gens yes" -e "run check_allocations" -e findings "$tmp/lags.img"
upkeep 0 -gt 6 --json -e "policy gc_gens no" -e "run gc_gens" -e "findings upkeep" -e gc "$tmp/lags.img"
has '"by_id":{}'
run 0 -n -r gc_gens "$tmp/lags.img"
has "gc_gens: clean, 0 found"
has " times \"oldest generation of a bucket out of date\" (arborist_gc_gens_oldest), which is no error"
has_not "oldest_gen"
run 0 -e "run gc_gens" "$tmp/lags.img"
has "upkeep, number 1: oldest generation of a bucket out of date"
run 1 -y -r gc_gens "$tmp/lags.img"
has "written: "
upkeep 0 -eq 0 -n --json -r gc_gens "$tmp/lags.img"
"$arborist" -n --transcript /dev/null --progress-fd 3 "$img" 3>"$tmp/progress" >"$tmp/out" 2>"$tmp/err" || fail "no transcript: status $?"
has_not "transcript:"
[ ! -s "$tmp/err" ] || fail "no transcript: $(head -1 "$tmp/err")"
grep -q '^{"event":"progress","pass":"check_topology"' "$tmp/progress" || fail "a short pass shows no progress"
run 0 -n -r check_topology "$img"
run 0 -e info -e super -e "super -c" -e devices -e members -e btrees -e passes -e gc -e findings -e plan -e diff -e explain "$img"
has "cleanly unmounted"
has "scan_for_btree_nodes"
run 0 -e keys -e "journal -a" "$img"
run 0 -e "goto extents" -e node -e bsets -e format -e hex -e down -e down -e key -e keys -e replicas -e sibling -e "sibling -" -e up -e back -e forward "$img"
# a word that fits, but not here and now: the command failed
for now in "mark a" up down node key bsets format hex follow replicas sibling back forward; do
	run 8 -e "$now" "$img"
	one_line
done
run 8 -e "goto extents" -e up "$img"
run 8 -e "goto extents" -e sibling "$img"
run 8 -e "goto inodes:0 0:4200" -e down "$img"
run 8 -e "goto inodes:0 0:4200" -e key -e follow "$img"
run 8 -e "goto quotas" "$img"
run 16 -e "goto extents" -e "down 9999" "$img"
run 16 -e "jump b" "$img"
run 0 -e "goto inodes:0 0:4200" -e "mark a" -e "goto extents" -e "jump a" -e "key 0:4200" "$img"
has "type inode_v3"
run 0 -e "goto dirents:0 4096" -e follow "$img"
has "inodes:0"
run 8 -e commit "$img"
says "nothing to commit"
run 8 -e undo "$img"
run 16 -e "journal 999999" "$img"
run 16 -e "goto extents:3" "$img"
run 16 -e nonsense -e info "$img"
says "unknown command"
[ ! -s "$tmp/out" ] || fail "went on after a failure"
run 16 -k -e kyes -e info "$img"
says "did you mean keys?"
has "cleanly unmounted"
for typo in "keys extnets" "run chekc_topology" "run check_topology:inode" "set pcae 1" "help keyz"; do
	run 16 -e "$typo" "$img"
	says "did you mean"
done
printf 'info\n\n# a comment\nbtrees\n' >"$tmp/script"
run 0 -f "$tmp/script" "$img"
has "extents"
run 0 -e "source $tmp/script" "$img"
has "extents"
printf 'info\nnonsense\nbtrees\n' >"$tmp/script"
run 16 -f "$tmp/script" "$img"
has_not "extents  "
echo "source $tmp/loop" >"$tmp/loop"
run 16 -e "source $tmp/loop" "$img"
run 8 -e "source $tmp/nothing" "$img"
run 16 -f /dev/zero "$img"
run 16 -e "source /dev/zero" "$img"

run 16 -f "$arborist" "$img"
tr '\0' x </dev/zero | head -c 200000 >"$tmp/long"
run 16 -f "$tmp/long" "$img"
run 8 -f "$tmp" "$img"
[ "$before" = "$(state_of "$img")" ] || fail "the image was changed"

# an oldest generation that lags behind is a matter of time, no error; one that no pointer has reached yet is one
image behind "key-field alloc 0:60:0 oldest_gen=sub:5"
run 0 -n -r gc_gens "$tmp/behind.img"
has "upkeep: 1 time"
has "gc_gens: clean, 0 found, 1 fixed in memory"
run 0 -e "answer 1 n" -e "run gc_gens" -e "findings upkeep" "$tmp/behind.img"
has "1  note         skip"
run 1 -y -r gc_gens "$tmp/behind.img"
run 0 -n -r gc_gens "$tmp/behind.img"
has_not arborist_gc_gens_oldest
image ahead "key-field alloc 0:60:0 oldest_gen=add:5"
run 4 -n -r gc_gens "$tmp/ahead.img"
run 1 -y -r gc_gens "$tmp/ahead.img"
run 0 -n -r gc_gens "$tmp/ahead.img"

"$arborist" -e info "$img" >&- 2>"$tmp/err"
[ $? = 8 ] || fail "closed standard output: status"
"$arborist" -e info "$img" >/dev/full 2>"$tmp/err"
[ $? = 8 ] || fail "full standard output: status"
"$arborist" demo --list >/dev/full 2>"$tmp/err"
[ $? = 8 ] || fail "full standard output of demo --list: status"
"$arborist" -e keys "$img" 2>"$tmp/err" | head -1 >/dev/null
[ ${PIPESTATUS[0]} = 32 ] || fail "a reader that went away: status"
finish
