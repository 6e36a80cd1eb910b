#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the loss summary says before a commit is what is missing after it: inodes, names, sectors and attributes, each by inode.
. "${top_srcdir:-.}/tests/command/lib.sh"
img=$tmp/any.img
shape=(files=300 keys=20 xattrs=100)
mk() { rm -f "$img"; "$tools/../image/mkimage" size=32M seed=5 dirs=6 filesize=9000 fanout=8 depth=3 "${shape[@]}" "$@" "$img" >"$tmp/mk" 2>&1 || { cat "$tmp/mk"; exit 99; }; }

# INUM WHAT N, sorted: what keys of the first listing the second one lacks. The root of all subvolumes here is inode 4096.
missing()
{
	awk 'FNR == 1 { file++ }
	/^== / { b = $2; next }
	b !~ /^(inodes|dirents|extents|xattrs)$/ { next }
	{ split($5, p, ":") }
	file == 1 { has[b, $5] = 1; if (b == "inodes" && $4 ~ /^inode_v/) left[p[2]] = 1; next }
	(b, $5) in has { next }
	b == "inodes" && $4 ~ /^inode_v/ { versions[p[2]]++ }
	b == "dirents" && $4 == "dirent" && / type subvol$/ { n["4096 name"]++ }
	b == "dirents" && $4 == "dirent" && / type (reg|dir)$/ { for (i = 9; i < NF; i++) if ($i == "->") n[$(i + 1) " name"]++ }
	b == "extents" { n[p[1] " data"] += $7 }
	b == "xattrs" { n[p[1] " xattr"]++ }
	END { for (i in versions) if (i in left) n[i " version"] = versions[i]; else n[i " inode"] = 1
		for (k in n) print k, n[k] }' "$2" "$1" | LC_ALL=C sort
}

# The same from the report.
reported()
{
	sed -n 's/^  .* (inode \([0-9]*\)): /\1, /p' "$1" | awk -F', ' '{
		for (i = 2; i <= NF; i++) {
			split($i, w, " ")
			if ($i ~ /^the inode itself/) print $1, "inode", 1
			else print $1, (w[2] ~ /^name/ ? "name" : w[2] ~ /^sector/ ? "data" : w[2] ~ /^attr/ ? "xattr" : w[2] ~ /^version/ ? "version" : "?"), w[1]
		} }' | LC_ALL=C sort
}

# compare AT-LEAST DAMAGE
compare()
{
	mk
	run 0 -e keys "$img"
	cp "$tmp/out" "$tmp/before"
	mk damage="$2"
	rm -f "$tmp/undo" "$tmp"/transcript*
	run 4 -n -e "run check_topology check_allocations" -e "plan loss" "$img"
	cp "$tmp/out" "$tmp/said"
	run 1 -y --undo "$tmp/undo" --transcript "$tmp/transcript" "$img"
	cp "$tmp/out" "$tmp/during"
	run 0 -e keys "$img"
	missing "$tmp/before" "$tmp/out" >"$tmp/want"
	reported "$tmp/said" >"$tmp/got"
	diff "$tmp/got" "$tmp/want" >"$tmp/diff" || { fail "$2: said (<) and missing (>)"; head "$tmp/diff"; }
	[ "$(wc -l <"$tmp/want")" -ge "$1" ] || fail "$2: only $(wc -l <"$tmp/want") losses"
	[ "$1" = 0 ] && return
	reported "$tmp/transcript.loss" >"$tmp/got"
	cmp -s "$tmp/got" "$tmp/want" || fail "$2: the file beside the transcript"
	grep -q " (inode " "$tmp/during" || fail "$2: not shown before the commit"
}

compare 15 "gap-leaf-lost inodes:0 @3"
grep -q '^  /dir-[0-9]/' "$tmp/said" || fail "no path of a lost inode"
compare 15 "unreadable-leaf extents:0 @4"
compare 15 "unreadable-leaf dirents:0 @5"
grep -q '^  /.*/? (inode ' "$tmp/said" || fail "the directory of a lost name"
compare 0 "overlap-prev-part extents:0 @2"
compare 0 "gap-leaf dirents:0 @2"
compare 0 "alloc-dirty-sectors alloc:0"

# snapshots: versions of inodes, extents and names of subvolumes of which another version is still there
shape=(files=60 keys=4 xattrs=30 snapshots=8)
for n in 0 2 4; do
	compare 1 "gap-leaf-lost inodes:0 @$n"
done
grep -q ' 4096, .* version' <(sed 's/.*(inode \([0-9]*\)): / \1, /' "$tmp/said") || fail "no version of an inode that is lost"
compare 1 "unreadable-leaf inodes:0 @3"
compare 3 "unreadable-leaf extents:0 @1"
compare 3 "unreadable-leaf extents:0 @5"
compare 1 "unreadable-leaf dirents:0 @0"
compare 1 "unreadable-leaf dirents:0 @1"
shape=(files=300 keys=20 xattrs=100)

# of attributes nobody else knows: the range is named
mk damage="unreadable-root xattrs"
run 4 -n -e "run check_topology" -e "plan loss" "$img"
grep -qE '^  xattrs .* [.][.] .*: unreadable, nobody knows' "$tmp/out" || fail "a range of which nothing is known"

mk hostile=1 damage="unreadable-leaf extents:0 @4"
run 4 -n -e "run check_topology" -e "plan loss" "$img"
is_tame "$tmp/out"
grep -q '\\x1b' "$tmp/out" || fail "hostile names in the loss summary"
run 4 -n --json -e "run check_topology" -e "plan loss" "$img"
is_tame "$tmp/out"
"$tools/jsonlines" <"$tmp/out" >/dev/null || fail "plan loss --json"
grep -q '"event":"loss","inode":[0-9]*,"path":"/' "$tmp/out" || fail "the loss event"
finish
