#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Silence is never consent (promise 7): the end of input, a closed terminal, ^C and nonsense are not a yes.
. "${top_srcdir:-.}/tests/command/lib.sh"
image damaged "overlap-prev-part dirents:0 @2"
img=$tmp/damaged.img
before=$(state_of "$img")

# answers WANT TEXT ARG...: arborist with TEXT on its standard input
answers()
{
	local want=$1 text=$2 got
	shift 2
	printf "$text" | "$arborist" "$@" >"$tmp/out" 2>"$tmp/err"
	got=${PIPESTATUS[1]}
	[ $got = "$want" ] || { fail "answers '$text' to $*: status $got, not $want"; tail -3 "$tmp/out" "$tmp/err"; }
}

answers 36 "" -e "run check_topology" -e commit "$img"
answers 36 "y" -e "run check_topology" -e commit "$img"
answers 36 "\n\n\n" -e "run check_topology" -e commit "$img"
answers 36 "maybe\nyep\n y e s\nfix\n1\n" -e "run check_topology" -e commit "$img"
answers 4 "n\n" -e "run check_topology" -e commit "$img"
answers 4 "stop\n" -e "run check_topology" -e commit "$img"
answers 4 "d\ny\n" -e "run check_topology" -e plan "$img"
has "repair 1"
answers 4 "run check_topology\ny\nplan\n" -f - "$img"
has "repair 1"
answers 36 "run check_topology\n" -f - "$img"
"$arborist" -e "run check_topology" -e commit "$img" <&- >"$tmp/out" 2>"$tmp/err"
[ $? = 36 ] || fail "closed standard input"
yes maybe | "$arborist" -e "run check_topology" -e commit "$img" >"$tmp/out" 2>"$tmp/err"
[ ${PIPESTATUS[1]} = 36 ] || fail "endless nonsense"
"$arborist" -e "run check_topology" -e commit "$img" </dev/zero >"$tmp/out" 2>"$tmp/err"
[ $? = 36 ] || fail "endless zeroes"
run 4 -e "answer 1 y" -e "run check_topology" -e plan "$img"
has "finding 1: fix (person)"
run 16 -e "answer 1 maybe" "$img"
# what is no error may be left without an answer: the pass goes on, and nothing changes
"$tools/../image/mkimage" size=16M dirs=2 files=14 filesize=12000 gens=1 seed=5 "damage=alloc-all-oldest alloc:0" "$tmp/old.img" >/dev/null || exit 99
answers 0 "" -e "run gc_gens" -e plan "$tmp/old.img"
has "upkeep, number 1: oldest generation"
has "the plan is empty"
has_not "number 2:"
# a signal while a pass runs (^C itself is ignored by what a script starts in the background)
"$arborist" -e "set pace 2" -e "run check_topology" "$img" >"$tmp/out" 2>"$tmp/err" &
pid=$!
catches $pid TERM
sleep 0.7
kill -TERM $pid
wait $pid
[ $? = 32 ] || fail "a signal during a pass"
printf '%s no\n' btree_node_topology_bad_min_key >"$tmp/policy"
run 4 --policy "$tmp/policy" -e "run check_topology" "$img"
has "(policy)"
[ "$before" = "$(state_of "$img")" ] || fail "something was written"

need_terminal
cat >"$tmp/eof" <<-.
	expect arborist>
	send run check_topology
	expect [s]top >
	eof
	expect nothing was assumed
	expect arborist>
	send plan
	expect the plan is empty
	expect arborist>
	eof
	exit 4
.
talk "$tmp/eof" "$arborist" --plain "$img"
cat >"$tmp/intr" <<-.
	expect arborist>
	send run check_topology
	expect [s]top >
	intr
	expect arborist>
	intr
	expect arborist>
	send quit
	exit 4
.
talk "$tmp/intr" "$arborist" --plain "$img"
cat >"$tmp/hangup" <<-.
	expect arborist>
	send run check_topology
	expect [s]top >
	hangup
	exit 36
.
talk "$tmp/hangup" "$arborist" --plain "$img"
# typed, but not entered, when the terminal goes away
cat >"$tmp/half" <<-.
	expect arborist>
	send run check_topology
	expect [s]top >
	type y
	hangup
	exit 36
.
talk "$tmp/half" "$arborist" --plain "$img"
cat >"$tmp/hesitate" <<-.
	expect arborist>
	send run check_topology
	expect [s]top >
	send y
	expect arborist>
	send commit
	expect Type yes
	send y
	expect nothing was written
	send commit
	expect Type yes
	eof
	expect nothing was written
	send quit
	expect Type yes
	send no
	expect arborist>
	send quit
	expect Type yes
	send yes
	exit 4
.
talk "$tmp/hesitate" "$arborist" --plain "$img"
[ "$before" = "$(state_of "$img")" ] || fail "something was written from the console"
cat >"$tmp/yes" <<-.
	expect arborist>
	send run check_topology
	expect [s]top >
	send y
	expect arborist>
	send commit
	expect Type yes
	send yes
	expect checked again: clean
	expect arborist>
	send undo
	expect Type yes
	send yes
	expect undone
	send quit
	exit 4
.
talk "$tmp/yes" "$arborist" --plain "$img"
[ "${before#* }" != "" ] && [ "$(state_of "$img" | tail -1)" = "$(echo "$before" | tail -1)" ] || fail "undo in the console is not bit-exact"
finish
