#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Commits that go wrong: no room for the undo file, writing that stops in the middle; and a btree given up because a person said so.
. "${top_srcdir:-.}/tests/command/lib.sh"
image gap "gap-leaf dirents @3"
img=$tmp/gap.img
sum=$(sha256sum <"$img")

# limited KIB ARG...: files may not grow beyond that, nor be written behind it
limited()
{
	local kib=$1
	shift
	(ulimit -f "$kib"; exec "$arborist" "$@") >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ $got = 12 ] || { fail "writing files limited to $kib KiB: status $got, not 12"; tail -n 3 "$tmp/err"; }
}

limited 1 -y --undo "$tmp/undo" --transcript "$tmp/transcript" "$img"
says "undo file $tmp/undo"
[ ! -e "$tmp/undo" ] || fail "half an undo file is left"
[ "$sum" = "$(sha256sum <"$img")" ] || fail "written without an undo file"
for kib in 100 3000 9000; do
	rm -f "$tmp/undo"
	limited $kib -y --undo "$tmp/undo" "$img"
	says "still holds the old state"
	[ "$sum" != "$(sha256sum <"$img")" ] || fail "nothing was written at $kib KiB: the test does not reach what it is for"
	run 4 -n "$img"
	has arborist_topology_fill_from_scan
	run 0 undo "$tmp/undo"
	[ "$sum" = "$(sha256sum <"$img")" ] || fail "not put back after stopping at $kib KiB"
done

# no memory for a thread: said in a line, also where the thread would be a library's (a sanitizer does not start at all)
for kib in 12000 16000 20000 24000 28000 32000 36000 40000; do
	(ulimit -v $kib; exec "$arborist" --version) >/dev/null 2>&1 || continue
	(ulimit -v $kib; exec "$arborist" -n --transcript /dev/null "$img") >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ $got != 4 ] || break		# enough, where stacks are small
	[ $got = 8 ] || { fail "$kib KiB of memory: status $got, not 8"; tail -n 3 "$tmp/err"; continue; }
	one_line
done

# nor for anything else, a table of a library among it: where it is just enough differs from machine to machine
for ((kib = 28000; kib < 56000; kib += 500)); do
	(ulimit -v $kib; exec "$arborist" --version) >/dev/null 2>&1 || continue
	(ulimit -v $kib; exec "$arborist" -n --transcript /dev/null "$img") >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	case $got in
	4|8) ;;
	12) says "out of memory" ;;	# after a finding: both
	*) fail "$kib KiB of memory: status $got"; tail -n 3 "$tmp/err" ;;
	esac
done

# all of a btree gone, nothing found: stop is suggested, a person may go on
for unclean in 0 1; do
	"$tools/../image/mkimage" size=32M dirs=4 files=60 xattrs=20 keys=16 fanout=6 depth=2 seed=5 unclean=$unclean damage="btree-lost xattrs" "$tmp/lost.img" >/dev/null || exit 99
	sum=$(sha256sum <"$tmp/lost.img")
	id=btree_root_unreadable_and_scan_found_nothing
	run 4 -y --undo "$tmp/undo.stop$unclean" "$tmp/lost.img"
	has $id
	run 4 -n "$tmp/lost.img"
	printf 'n\n' | "$arborist" -e "policy btree_root_read_error yes" -e "run check_topology" -e plan "$tmp/lost.img" >"$tmp/out" 2>"$tmp/err"
	[ "${PIPESTATUS[1]}" = 4 ] || fail "declining it"
	"$tools/../image/mkimage" size=32M dirs=4 files=60 xattrs=20 keys=16 fanout=6 depth=2 seed=5 unclean=$unclean damage="btree-lost xattrs" "$tmp/lost.img" >/dev/null
	printf 'y\ny\nxattrs\nY\nY\nY\nY\nY\nY\n' | "$arborist" --undo "$tmp/undo$unclean" -e "run check_topology check_allocations" -e commit "$tmp/lost.img" >"$tmp/out" 2>"$tmp/err"
	[ "${PIPESTATUS[1]}" = 1 ] || { fail "going on without the btree"; tail -n 3 "$tmp/out" "$tmp/err"; }
	run 0 -n "$tmp/lost.img"
	run 0 -e "keys xattrs" "$tmp/lost.img"
	[ ! -s "$tmp/out" ] || fail "keys in a btree that was emptied"
	run 0 undo "$tmp/undo$unclean"
	[ "$sum" = "$(sha256sum <"$tmp/lost.img")" ] || fail "undo is not bit-exact"
	printf 'Y\nY\nY\nY\nY\nY\nY\n' | "$arborist" --undo "$tmp/undo.expert$unclean" -e "set expert on" -e "run check_topology check_allocations" -e commit "$tmp/lost.img" >"$tmp/out" 2>"$tmp/err"
	[ "${PIPESTATUS[1]}" = 1 ] || { fail "going on without the btree, as an expert"; tail -n 3 "$tmp/out" "$tmp/err"; }
	run 0 -n "$tmp/lost.img"
done

# No superblock names a bucket of the journal: nothing can be written, and that is said
"$tools/../image/mkimage" size=16M dirs=2 files=20 keys=16 fanout=6 seed=5 unclean=1 damage="sb-field section.journal_v2.type=set:40" "$tmp/ring.img" >/dev/null || exit 99
sum=$(sha256sum <"$tmp/ring.img")
run 12 -y "$tmp/ring.img"
says "no superblock names a bucket of the journal"
[ "$sum" = "$(sha256sum <"$tmp/ring.img")" ] || fail "written to without a journal"

# The whole journal is lost: a new one is not begun before something was decided about every root
"$tools/../image/mkimage" size=16M dirs=2 files=20 keys=16 fanout=6 seed=5 unclean=1 damage=journal-lost "$tmp/journal.img" >/dev/null || exit 99
sum=$(sha256sum <"$tmp/journal.img")
run 12 -y --policy arborist_root_found=no "$tmp/journal.img"
says "has to be decided first"
run 12 -y -e "run check_topology check_allocations" -e "drop 3" -e commit "$tmp/journal.img"
says "has to be decided first"
[ "$sum" = "$(sha256sum <"$tmp/journal.img")" ] || fail "a journal that does not name all roots"
run 1 -y --undo "$tmp/undo.journal" -e "run check_topology check_allocations" -e "save $tmp/plan.journal" -e commit "$tmp/journal.img"
run 0 -n "$tmp/journal.img"
run 0 undo "$tmp/undo.journal"
[ "$sum" = "$(sha256sum <"$tmp/journal.img")" ] || fail "undo is not bit-exact"
run 1 -y -e "load $tmp/plan.journal" -e commit "$tmp/journal.img"
run 0 -n "$tmp/journal.img"
finish
