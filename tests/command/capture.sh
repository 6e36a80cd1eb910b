#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# capture: an image that is much smaller, opens like the device and gives the same findings; of several devices one image each.
. "${top_srcdir:-.}/tests/command/lib.sh"
plain() { sed -E 's/, [0-9.]+ s$//; s/transcript-.*//' "$1"; }

# same IMAGE... : captures them, and holds -n of both against one another
same()
{
	rm -f "$tmp"/captured*
	run 0 -e "capture $tmp/captured" "$@"
	has "names, attributes and data inside keys are hidden"
	run 4 -n "$@"
	plain "$tmp/out" >"$tmp/want"
	run 4 -n "$tmp"/captured*
	plain "$tmp/out" >"$tmp/got"
	diff "$tmp/want" "$tmp/got" >"$tmp/diff" || { fail "other findings than on the device"; head "$tmp/diff"; }
}

image any "gap-leaf-lost inodes:0 @3"
before=$(state_of "$tmp/any.img")
same "$tmp/any.img"
[ "$before" = "$(state_of "$tmp/any.img")" ] || fail "capture wrote to the device"
[ "$(stat -c %s "$tmp/captured")" -lt 1000000 ] || fail "the image is not compressed"
[ "$(stat -c %a "$tmp/captured")" = 600 ] || fail "others may read the image"
! LC_ALL=C grep -qa 'file-1' "$tmp/captured" || fail "a name in the image"
run 0 -e "find type=dirent" "$tmp/captured"
has_not "file-1"
run 12 -y --undo "$tmp/undo" "$tmp/captured"
says "can only be read"
run 8 -e "capture $tmp/captured" "$tmp/any.img"
run 16 -e "capture" "$tmp/any.img"
run 16 -e "capture a b" "$tmp/any.img"
run 8 -e "capture $tmp/no/such/folder" "$tmp/any.img"
rm "$tmp/captured"
run 0 -e "capture --names $tmp/captured" "$tmp/any.img"
run 0 -e "find name=file-1" "$tmp/captured"
has "file-1 -> "

"$tools/../image/mkimage" size=32M seed=5 dirs=6 files=100 keys=20 fanout=8 depth=2 replicas=2 damage="overlap-prev-part dirents:0 @1" \
	"$tmp/a.img" "$tmp/b.img" >/dev/null || exit 99
same "$tmp/a.img" "$tmp/b.img"
[ -e "$tmp/captured.0" ] && [ -e "$tmp/captured.1" ] || fail "an image for each device"

# a large file that is nearly all holes: they are not looked at (reading eight million places takes a minute), and every node is there
"$tools/../image/mkimage" size=32G seed=5 dirs=6 files=300 csum=1 damage="gap-leaf inodes:0 @0" "$tmp/large.img" >/dev/null || exit 99
rm -f "$tmp/captured"
timeout 20 "$arborist" -e "capture $tmp/captured" "$tmp/large.img" >"$tmp/out" 2>&1 || { fail "capture of a sparse file"; cat "$tmp/out"; }
for i in large.img captured; do
	run 0 -e "set scan whole" -e "run scan_for_btree_nodes" -e "scanned" "$tmp/$i"
	sed 's/, [0-9.]* s$//' "$tmp/out" >"$tmp/scan.$i"
done
grep -q 'inodes' "$tmp/scan.large.img" || fail "no lost node to be found"
diff "$tmp/scan.large.img" "$tmp/scan.captured" >"$tmp/diff" || { fail "nodes in the captured image"; head -5 "$tmp/diff"; }
finish
