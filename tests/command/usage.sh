#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line: what is wrong with it is said in one line, with status 16 (8 for devices that cannot be opened).
. "${top_srcdir:-.}/tests/command/lib.sh"

for args in "" "-n" "-n -y x" "--nonsense x" "-r check_topology -e info x" "-n -r nonsense x" "-n -b nonsense x" "-n -r check_inodes x" \
	    "--color sometimes -n x" "--progress-fd 77 -n x" "--progress-fd -1 -n x" "-k -n x" "--json x" "--plain -n x" \
	    "--replay f -n x" "-e" "x" "--plain x" "demo" "undo" "undo -x f" "-n -r , x" "-n -r check_topology -r nonsense x" "-n -b inodes -b extents x"; do
	run 16 $args
	one_line
	[ ! -s "$tmp/out" ] || fail "arborist $args: output"
done
run 16 demo lesson		# the lessons there are stand below
says 'there is no lesson "lesson"'
says "refcount"
mkdir "$tmp/folder"
: >"$tmp/empty"
head -c 100000 /dev/zero >"$tmp/zeroes"
head -c 1000000 "$arborist" >"$tmp/noise"
for dev in "$tmp/nothing" "$tmp/folder" "$tmp/empty" "$tmp/zeroes" "$tmp/noise" /dev/null; do
	before=$(sha256sum "$tmp/zeroes" "$tmp/noise")
	run 8 -n "$dev"
	one_line
	run 8 -e info "$dev"
	one_line
	run 8 -y "$dev"
	[ "$before" = "$(sha256sum "$tmp/zeroes" "$tmp/noise")" ] || fail "written to"
done
# what it is instead is said where it can be seen
truncate -s 2M "$tmp/other"
printf '\x53\xef' | dd of="$tmp/other" bs=1 seek=1080 conv=notrunc 2>/dev/null
run 8 -n "$tmp/other"
one_line
says "not a bcachefs filesystem, but an ext2, ext3 or ext4 filesystem"
printf 'LUKS\xba\xbe' | dd of="$tmp/other" conv=notrunc 2>/dev/null
run 8 -n "$tmp/other"
one_line
says "but a LUKS volume"
run 8 undo "$tmp/nothing"
one_line
run 8 undo "$tmp/noise"
one_line
name=$tmp/$'two\nlines'
for args in "-n" "-e info" undo; do
	run 8 $args "$name"
	one_line
	says 'two\x0alines'
done
run 16 -n --policy "$name" x
one_line
run 0 --version
has "arborist"
run 0 --help
has "Exit status"
finish
