#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# inode and path: every name that the builder made is found from its inode, hostile ones as text.
. "${top_srcdir:-.}/tests/command/lib.sh"
img=$tmp/any.img
mk() { "$tools/../image/mkimage" size=32M seed=5 dirs=6 files=60 filesize=4096 keys=20 fanout=8 depth=3 xattrs=10 "$@" "$img" >"$tmp/mk" 2>&1 || { cat "$tmp/mk"; exit 99; }; }
mk links=4 snapshots=2

run 0 -e "keys inodes" "$img"
sed -n 's/.* type inode_v3 0:\([0-9]*\):.*/path \1/p' "$tmp/out" | sort -u >"$tmp/script"
run 0 -f "$tmp/script" "$img"
[ "$(sort "$tmp/out" | uniq -d | wc -l)" = 0 ] || fail "a path leads to two inodes"
for path in / /dir-0/file-1 /file-0 /link-2 /snapshot-2 /snapshot-2/dir-0/file-1 /snapshot-3/link-0; do
	grep -qxF -- "$path" "$tmp/out" || fail "no inode has the path $path"
done
grep -q '^(' "$tmp/out" && fail "a way up is broken"
inum=$(grep -n -m1 -xF /link-2 "$tmp/out" | cut -d: -f1)
run 0 -e "find name=link-2 btree=dirents" "$img"
inum=$(sed -n 's/.*: link-2 -> \([0-9]*\) .*/\1/p' "$tmp/out" | head -1)
run 0 -e "path $inum" "$img"
[ "$(grep -c -E '^/(dir-[0-9]+/)*(file|link)-2$' "$tmp/out")" = 2 ] || fail "both names of a file with two"
run 0 --json -e "path $inum" "$img"
"$tools/jsonlines" <"$tmp/out" >/dev/null || fail "path --json"
grep -q '"event":"path","inode":'"$inum"',"subvolume":1,"snapshot":[0-9]*,"path":"/link-2","whole":true' "$tmp/out" || fail "the path event"
run 0 -e "inode $inum" "$img"
has "== inodes"
has "bi_size="
has ": user.origin"
# from a bucket to the files that have data in it
run 0 -e "keys extents" "$img"
bucket=$(sed -n 's/.* type extent .* ptr: 0:\([0-9]*\):.*/\1/p' "$tmp/out" | head -1)
sed -n "s/.* type extent \([0-9]*\):.* ptr: 0:$bucket:.*/path \1/p" "$tmp/out" | sort -u >"$tmp/script"
run 0 -f "$tmp/script" "$img"
LC_ALL=C sort "$tmp/out" >"$tmp/want"
run 0 -e "path 0:$bucket" "$img"
LC_ALL=C sort "$tmp/out" >"$tmp/got"
[ -s "$tmp/want" ] && cmp -s "$tmp/want" "$tmp/got" || { fail "paths of a bucket"; diff "$tmp/want" "$tmp/got" | head -5; }
run 0 -e "path 0:0" "$img"
has "no data of a file lies in bucket 0:0"
run 16 -e "path 0:x" "$img"
run 16 -e "path 0:99999999" "$img"
says "device 0 has the buckets"
run 16 -e "keys extents SPOS_MAX POS_MIN" "$img"
says "ends before it begins"
run 16 -e "path 999999" "$img"
run 16 -e "inode 999999" "$img"
run 16 -e "path x" "$img"

# a directory without its inode: names go up as far as they can
rm "$img"; mk damage="unreadable-leaf inodes:0 @1"
run 0 -e "find name~file-1 btree=dirents" "$img"
dirs=$(sed -n 's/.*: file-1 -> \([0-9]*\) .*/\1/p' "$tmp/out" | head -1)
run 0 -e "path $dirs" "$img"
has "/dir-0/file-1"
rm "$img"; mk damage="unreadable-leaf dirents:0 @0"
run 0 -f "$tmp/script" -k "$img" || true
grep -q '^(inode [0-9]*)/' "$tmp/out" || fail "no broken way up is shown"
says "unreadable node"

rm "$img"; mk hostile=1
for c in "find type=dirent" "find btree=dirents name~\\x1b" "inode 4096" "path 4110" "find -- \\u202e"; do
	for how in "" --json; do
		"$arborist" $how -e "$c" "$img" >"$tmp/out" 2>"$tmp/err"
		is_tame "$tmp/out"
		is_tame "$tmp/err"
	done
done
run 0 -e "path 4110" "$img"
grep -qE '^/(dir-[0-9]+/)*file-[0-9]+\\x1b\[2J\\x1b\]0;x\\x07\\x0a' "$tmp/out" || { fail "a hostile name as text"; cat "$tmp/out"; }
finish
