#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# journal -k against the whole journal: every line with a key there, with the entry it stands in, and no other.
. "${top_srcdir:-.}/tests/command/lib.sh"
img=$tmp/any.img
"$tools/../image/mkimage" size=32M seed=5 dirs=6 files=60 filesize=4096 unclean=1 hostile=1 "$img" >/dev/null || exit 99
run 0 -e "journal -a" "$img"
sed 's/^blacklisted //; s/^[*]/ /' "$tmp/out" >"$tmp/all"		# entries that do not count are looked at as well

# where BTREE PATTERN PLACE: first lines of keys whose position fits, each behind its entry's number
where()
{
	awk -v b=" btree=$1 " -v p=" type [a-z_0-9]+ $2" '/^journal entry/ { n = $3 } /^    (btree_keys|overwrite|write_buffer_keys): / && index($0, b) && $0 ~ p { print n, $0 }' "$tmp/all" >"$tmp/want"
	run 0 -e "journal -k $3" "$img"
	awk '/^journal entry/ { n = $3 } /^    (btree_keys|overwrite|write_buffer_keys): / { print n, $0 }' "$tmp/out" >"$tmp/got"
	[ -s "$tmp/want" ] || fail "$3: nothing to look for"
	diff "$tmp/got" "$tmp/want" >"$tmp/diff" || { fail "journal -k $3"; head -5 "$tmp/diff"; }
	is_tame "$tmp/out"
}
inum=$(sed -n 's/.* btree=inodes .* type inode_v3 0:\([0-9]*\):.*/\1/p' "$tmp/all" | head -1)
where inodes "0:$inum:" "inodes:0:$inum"
where dirents "4096:[0-9]*:" "dirents:4096"
where dirents "[0-9]*:[0-9]*:" "dirents:4096..4200"
run 0 -e "journal -k dirents 7..8" "$img"
run 0 -e "journal -k dirents:7..8" "$img"
has "no entry that the journal still holds"
run 16 -e "journal -k nothing:0" "$img"
run 16 -e "journal -k inodes:x" "$img"
run 16 -e "journal -k" "$img"
finish
