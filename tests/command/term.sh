#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# TERM ends every phase of check_allocations and gc_gens within a second, and a check that has not begun yet at once. The second is one of the
# program's own processor time, so that it does not matter what else a machine does.
. "${top_srcdir:-.}/tests/command/lib.sh"
img=$tmp/large.img
"$tools/../image/mkimage" size=16G bucket=64K dirs=100 files=50000 filesize=4096 gens=1 "damage=alloc-all-dirty alloc" "$img" >"$tmp/mk" || { cat "$tmp/mk"; exit 99; }

# processor time of PID, and of the children of this shell that have ended ($used), in hundredths of a second
own() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat" 2>/dev/null; }
ended() { times >"$tmp/times"; used=$(awk 'NR == 2 { for (i = 1; i < 3; i++) { split($i, t, /[ms]/); s += 6000 * t[1] + 100 * t[2] } print int(s) }' "$tmp/times"); }

# after MS ARG...: how much the program still worked after TERM, into $worst
after()
{
	local ms=$1 before pid at got
	shift
	ended
	before=$used
	"$arborist" "$@" "$img" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	catches $pid TERM
	sleep "0.$ms"
	at=$(own $pid)
	kill -TERM $pid 2>/dev/null
	wait $pid
	got=$?
	(((got & 32) == 32)) && met=$((met + 1))
	[ -n "$at" ] || return		# it was through
	ended
	at=$((used - before - at))
	[ $at -le "$worst" ] || worst=$at
}

# alone each is soon through
{ echo "policy alloc_key_dirty_sectors_wrong no"; yes "run check_allocations" | head -300; } >"$tmp/check"
yes "run gc_gens" | head -1000 >"$tmp/gens"
for what in '-f "$tmp/check"' '-f "$tmp/gens"' '-y --undo "$tmp/undo"'; do
	worst=0 met=0
	for ms in 00 03 06 09 12 16 20 25 30 40; do
		rm -f "$tmp/undo"
		eval "after $ms $what"
		[ ! -e "$tmp/undo" ] || run 0 undo "$tmp/undo" "$img"
	done
	[ $worst -lt 100 ] || fail "$what: $worst hundredths of a second"
	[ $met -ge 3 ] || fail "$what: only $met times was it met while it ran"
	echo "$what: $worst hundredths at most, $met times"
done

# before the check has begun: it does not begin (at this pace it would take minutes)
mkdir "$tmp/.config" "$tmp/.config/arborist"
echo "pace 5" >"$tmp/.config/arborist/config"
start=$(clock)
for i in 1 2 3 4 5 6; do
	"$arborist" -n "$img" >"$tmp/out" 2>"$tmp/err" </dev/null &
	catches $! TERM
	kill -TERM $!
	wait $!
	got=$?
	[ $got = 32 ] || fail "TERM before the check: status $got, 32 expected: $(tail -n 2 "$tmp/err")"
done
[ $(($(clock) - start)) -lt 3000 ] || fail "a signal before the check was lost"
finish
