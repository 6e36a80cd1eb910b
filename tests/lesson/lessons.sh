#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every lesson: its own solution is right, doing nothing is not (but in the tour), and every step has something to say.
. "${srcdir:-.}/tests/command/lib.sh"
export TMPDIR=$tmp

run 0 demo --list
cp "$tmp/out" "$tmp/list"
[ "$(wc -l <"$tmp/list")" -ge 9 ] || fail "too few lessons"
while read -r lesson _; do
	run 0 demo --solution "$lesson"
	grep -q "^Lesson $lesson: right\.$" "$tmp/out" || { fail "$lesson: its own solution"; tail -n 20 "$tmp/out" "$tmp/err"; }
	grep -q '^arborist> ' "$tmp/out" || fail "$lesson: nothing is typed"
	want=4
	[ "$lesson" != tour ] || want=0
	run $want demo -e lesson -e 'lesson next' -e 'lesson back' -e 'lesson check' "$lesson"
	grep -q "^Lesson $lesson: .*(step 1 of " "$tmp/out" || fail "$lesson: no first step"
	grep -q "^Lesson $lesson: .*(step 2 of " "$tmp/out" || fail "$lesson: no second step"
	[ $want = 0 ] || grep -q '^Not yet' "$tmp/out" || fail "$lesson: done without doing anything"
done <"$tmp/list"

# as rows
if "$arborist" -e "lua 1" /dev/null 2>&1 | grep -q 'without Lua'; then :; else
	run 4 demo -e 'lua local s = arborist.lesson("next")[1] return s.event, s.lesson, s.step, s.steps > 3, s.commands ~= nil, s.text:match("^Lesson gap") ~= nil' \
		-e 'lua local c = arborist.lesson("check")[1] return c.event, c.lesson, c.done' gap
	grep -qx $'lesson_step\tgap\t2\ttrue\ttrue\ttrue' "$tmp/out" && grep -qx $'lesson_check\tgap\tfalse' "$tmp/out" || fail "lesson in Lua: $(cat "$tmp/out" "$tmp/err")"
fi

# the tour is for looking: a commit there would be noticed; and there is nothing to commit
run 8 demo -e commit tour
run 16 demo no-such-lesson
grep -q 'mark-sweep' "$tmp/err" || fail "the lessons are not listed"
run 16 demo --solution
finish
