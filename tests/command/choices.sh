#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A node that could be read only in part: keep it as read, do without it, use another copy; and a bad copy that is not needed.
. "${top_srcdir:-.}/tests/command/lib.sh"
mk() { "$tools/../image/mkimage" size=32M dirs=6 files=300 keys=16 fanout=6 depth=3 seed=5 "$@" >/dev/null || exit 99; }
mk damage="bset-csum dirents @3" "$tmp/one.img"
mk replicas=2 damage="bset-csum dirents @3" "$tmp/a.img" "$tmp/b.img"
mk replicas=2 damage="one-copy dirents @3" "$tmp/c.img" "$tmp/d.img"
passes="run check_topology check_allocations"

# chosen WANT ANSWERS DEVICE...: the answers, a commit, a second look that has to be clean, and everything back
chosen()
{
	local want=$1 text=$2 before got
	shift 2
	before=$(cat "$@" | sha256sum)
	rm -f "$tmp/undo"
	printf "$text" | "$arborist" --undo "$tmp/undo" -e "$passes" -e plan -e commit "$@" >"$tmp/out" 2>"$tmp/err"
	got=${PIPESTATUS[1]}
	[ $got = "$want" ] || { fail "answers '$text': status $got, not $want"; tail -5 "$tmp/out" "$tmp/err"; }
	cp "$tmp/out" "$tmp/first"
	run 0 -n "$@"
	run 0 undo "$tmp/undo" "$@"
	[ "$before" = "$(cat "$@" | sha256sum)" ] || fail "undo is not bit-exact after '$text'"
	cp "$tmp/first" "$tmp/out"
}

chosen 1 'y\n' "$tmp/one.img"
has "write the node anew"
has_not "node dropped"
chosen 1 'drop\nY\nY\nY\nY\n' "$tmp/one.img"
has "  1     drop: Drop the node"
has "1 node dropped, 15 keys cut off"
has_not arborist_topology_fill_from_scan
chosen 1 '1\nY\nY\nY\nY\n' "$tmp/one.img"
has "1 node dropped"
chosen 1 'copy-2\nY\nY\nY\nY\nY\n' "$tmp/a.img" "$tmp/b.img"
has "  2     copy-2: Use the copy on device"
has_not "node dropped"
run 16 -e "answer 1 6" "$tmp/one.img"
printf 'Y\nY\nY\nY\n' | "$arborist" -e "answer 1 1" -e "$passes" -e plan "$tmp/one.img" >"$tmp/out" 2>/dev/null
has "1 node dropped"
run 4 -n --json "$tmp/one.img"
grep -q '"id":"bset_bad_csum".*"choices":\["drop"\]' "$tmp/out" || fail "the choices in JSON"
# an older copy has what could not be read: filled in, left out, or taken instead of all of the node
mk damage="older-copy dirents @3" damage="bytes-truncated node dirents @3" "$tmp/older.img"
chosen 1 'y\n' "$tmp/older.img"
has "could be read: 5. Filled in where some are lost, from an older copy (generation 1, journal"
has "write the node anew, with what could be read of it and 10 keys from elsewhere"
has "  1     keep: Write the node anew with what could be read alone. Keys that could be read: 5; keys of the journal and of older copies that are left out: 10."
has "  2     drop: Drop the node with its 5 readable keys"
has "hold for its range: 15; readable keys that are in none of them: 0."
has_not "loses something"
has_not "lose something"
chosen 1 'keep\nY\nY\nY\nY\n' "$tmp/older.img"
has "10 inodes lose something"
chosen 1 'drop\nY\nY\nY\nY\nY\nY\n' "$tmp/older.img"
has arborist_topology_fill_from_scan
has "1 node dropped, 1 scanned node put back"
has_not "lose something"
# one copy of several is read in part, the other is whole
mk replicas=2 damage="bytes-truncated node dirents @3 /one" "$tmp/e.img" "$tmp/f.img"
chosen 1 'Y\nY\nY\nY\nY\n' "$tmp/e.img" "$tmp/f.img"
has "Use the copy on device 1 instead, which is whole, and write it anew. Keys that can be read of it: 15; of this one: 5."
has "  1     keep: Write the node anew with what could be read of this copy. Keys that could be read: 5."
has_not "lose something"
# only a value is wrong, under a right checksum: left out as a kernel does it, and what the journal says it was is a choice
if [ -e "${ARBORIST_IMAGES:-../shared/images}/ptr-out-of-range.img.zst" ] && zstd -dqf "${ARBORIST_IMAGES:-../shared/images}/ptr-out-of-range.img.zst" -o "$tmp/value.img"; then
	chosen 1 'Y\nY\nY\nY\n' "$tmp/value.img"
	has_not "asks for scan_for_btree_nodes"
	has "with the 209 keys that could be read"
	has "1     fill: Write the node anew with what could be read, and with 1 key as the journal says it was left."
	has "1 inode loses something"
	has alloc_key_dirty_sectors_wrong
	chosen 1 'fill\nY\n' "$tmp/value.img"
	has_not "loses something"
	has_not alloc_key_dirty_sectors_wrong
fi
# a question that has no such choice
printf '2\nn\n' | "$arborist" -e "run check_topology" "$tmp/one.img" >"$tmp/out" 2>"$tmp/err"
says "number of a choice"
has "skip"

run 0 -n "$tmp/c.img" "$tmp/d.img"
has arborist_node_bad_copy
run 0 -y "$tmp/c.img" "$tmp/d.img"
run 1 --undo "$tmp/undo2" -e "policy arborist_node_bad_copy yes" -e policy -e "$passes" -e commit "$tmp/c.img" "$tmp/d.img"
has "arborist_node_bad_copy: yes"
run 0 -n "$tmp/c.img" "$tmp/d.img"
has_not arborist_node_bad_copy
run 16 -e "policy no_such_finding yes" "$tmp/one.img"
run 16 -e "policy bset_bad_csum maybe" "$tmp/one.img"
finish
