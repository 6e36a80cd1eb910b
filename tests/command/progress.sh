#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# How far a pass is, in line mode: on one line of the terminal, which is gone when anything else is said; nowhere else.
. "${top_srcdir:-.}/tests/command/lib.sh"
"$tools/../image/mkimage" size=32M dirs=4 files=2000 keys=10 seed=5 "$tmp/any.img" >/dev/null || exit 99

# at this pace it takes half a minute; what is not a terminal gets nothing of it
"$arborist" -e "set pace 20" -e "run check_allocations" "$tmp/any.img" >"$tmp/out" 2>"$tmp/err" </dev/null &
pid=$!
catches $pid TERM
need_terminal
cat >"$tmp/talk" <<'END'
expect arborist>
send set pace 20
expect arborist>
send run check_allocations
expect  of about 
expect  nodes, 
expect  ETA ~
intr
expect check_allocations: stopped
expect arborist>
send quit
exit 0
END
talk "$tmp/talk" "$arborist" --plain "$tmp/any.img"
kill -TERM $pid
wait $pid
grep -q "of about" "$tmp/out" "$tmp/err" && fail "progress where there is no terminal"
says "cancelled"
finish
