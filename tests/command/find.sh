#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# find against the same question asked of the listing of all keys, its grammar, and what it says of mistakes.
. "${top_srcdir:-.}/tests/command/lib.sh"
image any
img=$tmp/any.img
run 0 -e "keys" "$img"
cp "$tmp/out" "$tmp/keys"
of() { awk -v b="$1" '/^== / { on = $2 == b; next } on' "$tmp/keys"; }
found() { run 0 -e "find $1" "$img"; grep -v '^== ' "$tmp/out" >"$tmp/found"; }
same() { diff "$tmp/found" "$tmp/want" >"$tmp/diff" || { fail "find: $1"; head -5 "$tmp/diff"; }; [ -s "$tmp/want" ] || fail "nothing to find: $1"; }

found "type=dirent"
of dirents | grep ' type dirent ' >"$tmp/want"; same "by type"
found "btree=xattrs or btree=subvolumes"
{ of xattrs; of subvolumes; } >"$tmp/want"; same "by btree"
found "btree=dirents name~file-1"
of dirents | grep ': file-1' >"$tmp/want"; same "by name"
cp "$tmp/found" "$tmp/want"
found "name~file-1"
same "by name, of all btrees"
found "file-12"
of dirents | grep 'file-12' >"$tmp/want"; same "by a word"
found "pos=4100..4110 and btree=extents"
of extents | awk '{ split($5, p, ":"); if (p[1] >= 4100 && p[1] <= 4110) print }' >"$tmp/want"; same "by position"
found "btree=extents inode>=4100 inode<=4110"
same "by part of a position"
found "inum=4105"
{ of extents | grep ' 4105:'; of inodes | grep ' 0:4105:'; of dirents | grep ' type dirent 4105:'; of xattrs | grep ' 4105:'; } >"$tmp/want"; same "by inode"
found "type=extent not (len>8 or len<8)"
of extents | grep ' type extent .* len 8 ' >"$tmp/want"; same "with not and brackets"
bucket=$(of extents | sed -n 's/.* ptr: 0:\([0-9]*\):.*/\1/p' | head -1)
found "bucket=0:$bucket btree=extents"
of extents | grep " ptr: 0:$bucket:" >"$tmp/want"; same "by bucket"
found "dev=0 level=1 btree=dirents"
run 0 -e "nodes dirents:0" "$img"
cp "$tmp/out" "$tmp/want"; same "pointers of interior nodes"

# value fields against the full text of the inodes
for i in $(of inodes | sed -n 's/.* type inode_v3 0:\([0-9]*\):.*/\1/p'); do echo "inode $i"; done | head -60 >"$tmp/script"
run 0 -f "$tmp/script" "$img"
awk '/ type inode_v3 / { split($5, p, ":"); n = p[2] } /bi_size=/ { split($1, v, "="); if (v[2] > 2048 && n <= 4155) print n }' "$tmp/out" | sort -n >"$tmp/want"
found "type=inode_v3 size>2K offset<=4155"
sed 's/.* type inode_v3 0:\([0-9]*\):.*/\1/' "$tmp/found" >"$tmp/got"
cmp -s "$tmp/got" "$tmp/want" && [ -s "$tmp/want" ] || { fail "by size"; diff "$tmp/got" "$tmp/want" | head; }

# leaves of thousands of keys, which several threads hold against the search: the same keys in the same order
"$tools/../image/mkimage" size=64M seed=6 dirs=30 files=3000 filesize=512 node=64K "$tmp/full.img" >"$tmp/mk" 2>&1 || { cat "$tmp/mk"; exit 99; }
img=$tmp/full.img
run 0 -e keys "$img"
cp "$tmp/out" "$tmp/keys"
found "(type=dirent or type=backpointer or type=extent) text~7"
grep -E '^[^=]* type (dirent|backpointer|extent) .*' "$tmp/keys" | grep 7 >"$tmp/want"; same "in full leaves"
img=$tmp/any.img

run 0 -e "find name~nowhere" "$img"
has "no key fits"
run 0 --json -e "find type=subvolume" "$img"
"$tools/jsonlines" <"$tmp/out" >/dev/null || fail "find --json"
grep -q '"event":"key","btree":"subvolumes","level":0,"pos":"0:1:0","type":"subvolume"' "$tmp/out" || fail "the key event"

for wrong in "ptr.dev=0" "sise>3" "type=dirnt" "pos=x" "bucket=3" "(type=dirent" "type=dirent)" "size>" "len=4x" "not" "name<a"; do
	run 16 -e "find $wrong" "$img"
	one_line
done
run 16 -e "find $(printf '(%.0s' {1..200})" "$img"
run 0 -e "help find" "$img"
has "refcount"
finish
