#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Signals: ^C, TERM and HUP end what runs within a second, whatever it is; ^Z gives the terminal back; a crash does so, too, and says
# where transcript and undo file lie.
. "${top_srcdir:-.}/tests/command/lib.sh"
"$tools/../image/mkimage" size=64M seed=5 dirs=20 files=5000 keys=100 csum=1 "damage=gap-leaf inodes @1" "$tmp/big.img" >"$tmp/mk" || { cat "$tmp/mk"; exit 99; }
img=$tmp/big.img
need_lua "$img"
before=$(state_of "$img")

# ends SIGNAL ARG...: started, left alone for a moment, told to end: 32 within a second (and what a busy machine needs; where something
# else had the processor just then, it is tried again)
ends()
{
	local sig=$1 pid start took got try
	shift
	for try in 1 2 3 4; do
		"$arborist" "$@" "$img" >"$tmp/out" 2>"$tmp/err" </dev/null &
		pid=$!
		catches $pid "$sig"
		sleep 0.3
		kill -0 $pid 2>/dev/null || { fail "$*: too short to be interrupted"; return; }
		start=$(clock)
		kill -"$sig" $pid
		wait $pid
		got=$?
		took=$(($(clock) - start))
		(((got & 32) == 32)) || { fail "$sig during $*: status $got"; tail -2 "$tmp/err"; }
		[ $took -ge 150 ] || return
	done
	fail "$sig during $*: $took hundredths of a second"
}
# each of them again and again, so that the signal comes in its middle
for what in "find type=nothing" "keys" "nodes inodes" "journal -a" "super -c" "btrees" "bucket 0:300" "run scan_for_btree_nodes" "run check_topology:dirents"; do
	yes "$what" | head -30000 >"$tmp/script"
	ends TERM -k -f "$tmp/script"
done
ends TERM -e "set luasteps 0" -e 'lua while true do end'
ends TERM -e "set pace 3" -e "set scan whole" -e "run check_topology:inodes check_allocations"
ends HUP -e "set pace 3" -e "run check_allocations"
ends TERM -e "set pace 3" -e "run gc_gens"
[ "$before" = "$(state_of "$img")" ] || fail "something was written"
# a commit is whole or not there
cp "$img" "$tmp/c.img"
for ms in 03 10 30; do
	cp "$img" "$tmp/c.img"
	rm -f "$tmp/c.undo"
	"$arborist" -y --undo "$tmp/c.undo" "$tmp/c.img" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	catches $pid TERM
	sleep 0.$ms
	kill -TERM $pid 2>/dev/null
	wait $pid
	[ -e "$tmp/c.undo" ] && run 0 undo "$tmp/c.undo" "$tmp/c.img"
	[ "$(sha256sum <"$tmp/c.img")" = "$(sha256sum <"$img")" ] || fail "a commit interrupted after $ms ms cannot be undone"
done

# the look at what was written can be ended, and says that it was; the commit stands
cp "$img" "$tmp/c.img"
rm -f "$tmp/c.undo"
"$arborist" --undo "$tmp/c.undo" -e 'policy check_topology yes' -e 'run check_topology' -e 'set pace 3' -e commit "$tmp/c.img" >"$tmp/out" 2>"$tmp/err" &
pid=$!
for _ in $(seq 1200); do grep -q 'checking again' "$tmp/err" && break; sleep 0.05; done
sleep 0.3
kill -TERM $pid
wait $pid
[ $(($? & 32)) = 32 ] || fail "the end of a re-check is no cancelling"
grep -q 're-check was cancelled (undo with: arborist undo ' "$tmp/err" || { fail "a cancelled re-check is not said"; tail -n 3 "$tmp/err"; }
run 0 undo "$tmp/c.undo" "$tmp/c.img"
[ "$(sha256sum <"$tmp/c.img")" = "$(sha256sum <"$img")" ] || fail "what was not checked again cannot be undone"

need_terminal
image any "gap-leaf extents @1"
say() { printf '%s\n' "${@:2}" >"$tmp/$1"; }
segv=$(kill -l SEGV) abrt=$(kill -l ABRT) z=$(printf '\032')
# ^Z at the prompt, while a question waits, and on the screen: a shell has the terminal as it was; fg goes on
shell='set -m; "$0" "$@"; stty -a | grep -q " icanon" && echo HELD; fg >/dev/null; stty -a | grep -q " icanon" && echo HELD; fg >/dev/null'
say tstp 'expect arborist>' 'type inf' "type $z" 'expect HELD' 'expect inf' 'send o' 'expect filesystem' 'expect arborist>' \
	'send run check_topology' 'expect [s]top >' "type $z" 'expect HELD' 'send y' 'expect finding 1: fix' 'send quit' 'expect Type yes' 'send yes' 'exit 4'
talk "$tmp/tstp" /bin/bash -c "$shell" "$arborist" --plain "$tmp/any.img"
say screen 'expect btrees' "type $z" 'expect HELD' 'expect btrees' "type $z" 'expect HELD' 'expect btrees' 'type Q' 'exit 0'
PTYTALK_TERM=xterm talk "$tmp/screen" /bin/bash -c "$shell" "$arborist" "$tmp/any.img"
for sig in HUP TERM; do
	say end 'expect btrees' "signal $(kill -l $sig)" 'exit 32'
	PTYTALK_TERM=xterm talk "$tmp/end" "$arborist" "$tmp/any.img"
done
# crashes
say crash 'expect btrees' "signal $segv" 'expect this is a crash' 'expect nothing has been written' 'sane' "exit $((128 + segv))"
PTYTALK_TERM=xterm talk "$tmp/crash" "$arborist" "$tmp/any.img"
cp "$tmp/any.img" "$tmp/d.img"
say crash 'expect arborist>' 'send run check_topology' 'expect [s]top >' 'send y' 'expect arborist>' 'send commit' 'expect Type yes' 'send yes' \
	'expect to take it back' 'send ' 'expect arborist>' "signal $abrt" 'expect this is a crash' 'expect transcript: ' 'expect c.crash' "exit $((128 + abrt))"
talk "$tmp/crash" "$arborist" --plain --undo "$tmp/c.crash" "$tmp/d.img"
run 0 undo "$tmp/c.crash" "$tmp/d.img"
finish
