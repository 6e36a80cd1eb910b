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

# two copies, then one with two bytes changed: side by side, and the key it cost
"$tools/../image/mkimage" size=32M seed=5 dirs=6 files=100 keys=20 fanout=8 depth=2 replicas=2 "$tmp/a.img" "$tmp/b.img" >/dev/null || exit 99
run 0 -e "goto dirents:0 POS_MIN" -e replicas "$tmp/a.img" "$tmp/b.img"
has "copies 0 and 1 are the same, byte for byte"
read -r dev sector < <(sed -n 's/^copy 1: device \([01]\) sector \([0-9]*\) .*/\1 \2/p' "$tmp/out")
[ "${dev:-}" = 0 ] && second=$tmp/a.img || second=$tmp/b.img
printf '\377\376' | dd of="$second" bs=1 seek=$((sector * 512 + 180)) conv=notrunc 2>/dev/null
run 0 -e "goto dirents:0 POS_MIN" -e replicas "$tmp/a.img" "$tmp/b.img"
grep -qE '^copies 0 and 1 differ in [12] bytes?:' "$tmp/out" || fail "how many bytes differ"
grep -qE '^  0000b0 .*\[[0-9a-f]{2}\].*\|.*\[(ff|fe)\]' "$tmp/out" || fail "the bytes side by side"
grep -q '^copy 1: .*damaged' "$tmp/out" || fail "the damaged copy"
finish
