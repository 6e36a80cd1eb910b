#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The superblock says clean, and the journal goes on after that: either can be believed.
. "${top_srcdir:-.}/tests/command/lib.sh"
"$tools/../image/mkimage" size=16M dirs=2 files=20 keys=16 fanout=6 seed=5 damage="sb-field clean.journal_seq=sub" "$tmp/new.img" >/dev/null || exit 99
last=$("$arborist" -e journal "$tmp/new.img" 2>/dev/null | sed -n 's/^journal entry *//p' | tail -1)

run 0 -e "set clean" "$tmp/new.img"
has doubt
run 4 -n -e "run check_topology" "$tmp/new.img"
has "Go by the journal"
run 4 -n -e "set clean trust" -e "run check_topology" "$tmp/new.img"
has "Believe the superblock"
mkdir -p "$tmp/.config/arborist" && echo "clean trust" >"$tmp/.config/arborist/config"
run 4 -n -e "run check_topology" "$tmp/new.img"
has "Believe the superblock"
rm "$tmp/.config/arborist/config"
run 12 -y -e "run check_topology" -e "set clean trust" "$tmp/new.img"
says "the plan is not empty"
run 16 -e "set clean perhaps" "$tmp/new.img"
says "expected doubt|trust"

# One that is not asked for is not written: whether those entries count has to be settled
cp "$tmp/new.img" "$tmp/a.img"
run 12 -y --policy clean_but_journal_not_empty=no -e "set clean trust" -e "run check_topology check_allocations" -e commit "$tmp/a.img"
says "has to be decided first"
cmp "$tmp/new.img" "$tmp/a.img" || fail "written to without a decision"

run 1 -y --undo "$tmp/undo" -e "set clean trust" -e "run check_topology check_allocations" -e commit "$tmp/a.img"
has "checked again: clean"
run 0 -n "$tmp/a.img"
run 0 -e journal "$tmp/a.img"
grep -q "^journal entry *$last$" "$tmp/out" && fail "entry $last of after the shutdown is still there"
run 0 undo "$tmp/undo"
cmp "$tmp/new.img" "$tmp/a.img" || fail "not every byte is back"
finish
