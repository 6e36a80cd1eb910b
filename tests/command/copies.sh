#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Copies side by side: of a node (replicas), and of the superblock (super -c).
. "${top_srcdir:-.}/tests/command/lib.sh"
mk() { "$tools/../image/mkimage" size=32M seed=5 dirs=6 files=100 keys=20 fanout=8 depth=2 replicas=2 "$@" "$tmp/a.img" "$tmp/b.img" >/dev/null || exit 99; }

# two copies, then one with two bytes changed: side by side, and the key it cost
mk
run 0 -e "goto dirents:0 POS_MIN" -e replicas "$tmp/a.img" "$tmp/b.img"
has "copies 0 and 1 are the same, byte for byte"
read -r dev sector < <(sed -n 's/^copy 1: device \([01]\) sector \([0-9]*\) .*/\1 \2/p' "$tmp/out")
[ "${dev:-}" = 0 ] && second=$tmp/a.img || second=$tmp/b.img
printf '\377\376' | dd of="$second" bs=1 seek=$((sector * 512 + 180)) conv=notrunc 2>/dev/null
run 0 -e "goto dirents:0 POS_MIN" -e replicas "$tmp/a.img" "$tmp/b.img"
grep -qE '^copies 0 and 1 differ in [12] bytes?:' "$tmp/out" || fail "how many bytes differ"
grep -qE '^  0000b0 .*\[[0-9a-f]{2}\].*\|.*\[(ff|fe)\]' "$tmp/out" || fail "the bytes side by side"
grep -q '^copy 1: .*damaged' "$tmp/out" || fail "the damaged copy"

# what lies behind the last bset of a node may differ: it means nothing
mk
written=$("$arborist" -e "goto dirents:0 POS_MIN" -e key -e node "$tmp/a.img" "$tmp/b.img" | sed -n 's/.* \([0-9]*\) of [0-9]* sectors written$/\1/p' | head -1)
[ "${written:-0}" -gt 0 ] || fail "how much of the node is written"
printf '\377' | dd of="$second" bs=1 seek=$(((sector + written) * 512 + 40)) conv=notrunc 2>/dev/null
run 0 -e "goto dirents:0 POS_MIN" -e replicas "$tmp/a.img" "$tmp/b.img"
has "copies 0 and 1 are the same, byte for byte"

# the superblock: what every device has for itself is no difference
run 0 -e "super -c" "$tmp/a.img" "$tmp/b.img"
[ "$(grep -c ' checksum ok  same' "$tmp/out")" = 6 ] || fail "six equal copies"
has_not "differs"
mk damage=superblock-outdated
run 0 -e "super -c" "$tmp/a.img" "$tmp/b.img"
[ "$(grep -c ' checksum ok  differs  (primary)' "$tmp/out")" = 2 ] || fail "the first copies are outdated"
[ "$(grep -c ' checksum ok  same' "$tmp/out")" = 4 ] || fail "the others are not"
grep -qE '^ +newest +this copy$' "$tmp/out" || fail "heads of the columns"
grep -qE '^ +Sequence number +[0-9]+ +[0-9]+$' "$tmp/out" || fail "the sequence numbers side by side"
run 0 -e "super -c 1" "$tmp/a.img" "$tmp/b.img"
[ "$(grep -c '^device ' "$tmp/out")" = 1 ] || fail "one device only"
finish
