#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# hex shows the bytes that stand on the device, each once and with its field; what the fields say is what node and keys say.
. "${top_srcdir:-.}/tests/command/lib.sh"
image any
img=$tmp/any.img

# check BTREE:LEVEL: the first bset of its first node against the device
check()
{
	local bucket offset
	run 0 -e "goto $1 POS_MIN" -e node -e hex "$img"
	cp "$tmp/out" "$tmp/shown"
	read -r bucket offset < <(sed -n 's/^pointer .* ptr: 0:\([0-9]*\):\([0-9]*\) gen.*/\1 \2/p' "$tmp/shown")
	[ -n "$bucket" ] || { fail "$1: no pointer"; return; }
	grep -E '^[0-9a-f]{6}  ' "$tmp/shown" | cut -d'|' -f1 >"$tmp/lines"
	cut -c9-56 "$tmp/lines" | tr -d ' \n' >"$tmp/got"
	od -An -v -tx1 -j $(((bucket * 256 + offset) * 512)) -N $(($(wc -c <"$tmp/got") / 2)) "$img" | tr -d ' \n' >"$tmp/want"
	[ "$(wc -c <"$tmp/got")" -gt 600 ] || fail "$1: too few bytes"
	cmp -s "$tmp/got" "$tmp/want" || fail "$1: not the bytes of the device"
}

check extents:0
grep -qE '\| (key [0-9]+ \(extent\): u64s=|.*ptr type=1 cached=0 .* dev=0 gen=)' "$tmp/shown" || fail "fields of a pointer"
check dirents:1
has "| magic=0x"
grep -qE '\| (.* )?seq=0x[0-9a-f]+$' "$tmp/shown" || fail "the cookie in a pointer"
check inodes:0
run 0 -e "goto inodes:0 POS_MIN" -e format -e hex "$img"
u64s=$(sed -n 's/^packed keys take \([0-9]*\) words.*/\1/p' "$tmp/out")
has "| format.key_u64s=$u64s"
run 0 -e "goto dirents:0 POS_MIN" -e keys -e hex "$img"
[ "$(grep -c '^u64s ' "$tmp/out")" = "$(grep -cE '\| key [0-9]+ \(' "$tmp/out")" ] || fail "as many keys in hex as there are"

finish
