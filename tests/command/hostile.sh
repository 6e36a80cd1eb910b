#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Names made to control terminals and break logs (escape and bidi sequences, newlines, broken UTF-8, as long as names can be) reach neither standard output
# nor standard error, JSON, transcript or progress as they are.
. "${srcdir:-.}/tests/command/lib.sh"

"$tools/../image/mkimage" size=32M seed=5 dirs=3 files=40 filesize=512 keys=8 fanout=4 depth=2 hostile=1 damage='unreadable-leaf dirents:0 @1' \
	"$tmp/disk.img" >"$tmp/mk" 2>&1 || { cat "$tmp/mk"; exit 99; }

# plain FILE WHAT: lines of printable UTF-8 without control, C1 or bidi characters
plain()
{
	[ -s "$1" ] || { fail "$2: nothing there"; return; }
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 || fail "$2: not UTF-8"
	LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$1" && fail "$2: control bytes"
	LC_ALL=C grep -qP '\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf' "$1" && fail "$2: C1 or bidi characters"
}

export LC_ALL=C.UTF-8
for command in 'keys dirents' 'keys inodes' 'goto dirents' node key 'nodes dirents' journal 'journal -a' 'journal -k dirents' 'find file' \
	'find text=x1b' findings plan explain hex bsets format 'inode 4105' 'path 4105' 'scanned' 'bucket 0:30' 'help dirent'; do
	"$arborist" --no-config --transcript "$tmp/transcript" -k -e 'goto dirents' -e "$command" "$tmp/disk.img" >"$tmp/out" 2>"$tmp/err"
	cat "$tmp/err" "$tmp/out" >"$tmp/both"
	plain "$tmp/both" "$command"
	"$arborist" --no-config --json -k -e 'goto dirents' -e "$command" "$tmp/disk.img" >"$tmp/out" 2>/dev/null
	plain "$tmp/out" "$command --json"
done
"$arborist" --no-config -e 'keys dirents' "$tmp/disk.img" >"$tmp/out" 2>/dev/null
grep -qF 'x1b[2J' "$tmp/out" || fail "the names are not there at all"
awk 'length($0) > 500 { found = 1 } END { exit !found }' "$tmp/out" || fail "no long name"
"$arborist" --no-config -v --transcript "$tmp/transcript" --progress-fd 3 -n "$tmp/disk.img" >"$tmp/out" 2>"$tmp/err" 3>"$tmp/progress"
plain "$tmp/out" "check"
"$arborist" --no-config -v --json -n "$tmp/disk.img" >"$tmp/out" 2>/dev/null
plain "$tmp/out" "check --json"
plain "$tmp/transcript" "transcript"

# paths of names: of one inode, and of those that lose something (summary, transcript and what is kept beside it)
"$tools/../image/mkimage" size=32M seed=5 dirs=3 files=40 filesize=512 keys=8 fanout=4 depth=2 hostile=1 \
	damage='overlap-next-part dirents:0 @1' damage='unreadable-leaf inodes:0 @2' "$tmp/lost.img" >"$tmp/mk" 2>&1 || { cat "$tmp/mk"; exit 99; }
names() { grep -qF 'x1b[2J' "$1" || fail "$2: no such name in it"; plain "$1" "$2"; }
run 0 -e 'path 4110' "$tmp/lost.img"
names "$tmp/out" path
run 4 -k -e 'set expert on' -e 'policy check_topology yes' -e 'run check_topology' -e explain -e diff -e 'save '"$tmp/plan" "$tmp/lost.img"
plain "$tmp/out" "explain and diff"
run 4 --json -n "$tmp/lost.img"
plain "$tmp/out" "loss --json"
rm -f "$tmp/transcript"
run 1 -v -y --undo "$tmp/undo" --transcript "$tmp/transcript" "$tmp/lost.img"
names "$tmp/out" "what is lost"
plain "$tmp/err" "every change"
plain "$tmp/transcript" "transcript of a repair"
names "$tmp/transcript.loss" "loss beside the transcript"
finish
