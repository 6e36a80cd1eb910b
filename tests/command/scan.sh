#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Where the device scan looks: by the superblock's bitmaps, everywhere, or by what the tree shows of the bitmaps.
. "${top_srcdir:-.}/tests/command/lib.sh"
"$tools/../image/mkimage" size=32M dirs=6 files=300 keys=16 fanout=6 depth=3 seed=5 damage="bitmap dirents @3" damage="gap-leaf dirents @3" "$tmp/gap.img" >/dev/null || exit 99
"$tools/../image/mkimage" size=32M dirs=6 files=300 keys=16 fanout=6 depth=3 seed=5 damage="gap-leaf dirents @3" "$tmp/right.img" >/dev/null || exit 99
filled=arborist_topology_fill_from_scan

run 4 -n -e "set scan bitmap" -e "run check_topology" "$tmp/gap.img"
has btree_node_topology_bad_min_key
has_not $filled
run 4 -n -e "run check_topology" "$tmp/gap.img"
has $filled
says "(whole devices)"
run 4 -n -e "run check_topology" "$tmp/right.img"
has $filled
! grep -q "whole devices" "$tmp/err" || fail "the bitmaps are right, and not followed"
run 0 -n -e "set scan whole" -e "run scan_for_btree_nodes" -e scanned "$tmp/right.img"
says "(whole devices)"
has "(whole devices)"
run 16 -e "set scan everywhere" "$tmp/right.img"
says "expected auto|whole|bitmap"
run 0 -e set "$tmp/right.img"
has "(auto|whole|bitmap)"
finish
