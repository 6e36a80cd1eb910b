#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# With a member missing nothing can be written: what lies on it alone is left alone, what is there is checked.
. "${top_srcdir:-.}/tests/command/lib.sh"
mk() { "$tools/../image/mkimage" size=32M dirs=6 files=300 keys=16 fanout=6 depth=3 seed=5 "$@" >/dev/null || exit 99; }
mk replicas=2 "$tmp/a.img" "$tmp/b.img"
mk "$tmp/c.img" "$tmp/d.img"

run 8 -n "$tmp/a.img"
run 0 -n --degraded "$tmp/a.img"
has "clean"
has_not arborist_node_bad_copy
for dev in c d; do
	before=$(state_of "$tmp/$dev.img")
	run 4 -n --degraded "$tmp/$dev.img"
	grep -qE '^btree_(node_unreadable|root_read_error) ' "$tmp/out" || fail "nothing unreadable without the other device"
	has "is not here"
	has_not "Take the pointer out"
	has_not "nodes found by scanning"
	has_not ptr_to_missing_alloc_key		# where the alloc btree cannot be walked, a bucket without a key may have one
	has "check_topology: findings"
	has_not "check_topology: stopped"
	run 4 -y --degraded "$tmp/$dev.img"
	has_not "written:"
	[ "$before" = "$(state_of "$tmp/$dev.img")" ] || fail "written to a degraded filesystem"
done
# Where there would be something to write
mk replicas=2 damage="gap-leaf-lost dirents" "$tmp/e.img" "$tmp/f.img"
before=$(state_of "$tmp/e.img")
run 12 -y --degraded "$tmp/e.img"
has_not "written:"
[ "$before" = "$(state_of "$tmp/e.img")" ] || fail "written to a degraded filesystem"
finish
