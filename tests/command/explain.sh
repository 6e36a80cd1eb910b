#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# explain: the row that applies, the data, who wins, what each answer does; at a stop, at a question, afterwards, and at the cursor.
. "${top_srcdir:-.}/tests/command/lib.sh"
image clean
image newer "overlap-prev-part-older dirents:0 @2"
image gap "gap-leaf inodes:0 @2"
before=$(state_of "$tmp/newer.img")

# what every explanation of a decision holds
whole()
{
	local word
	for word in "what it is:" "the rule:" "the data it is decided on:" "fix:" "loses:" "skip:" "stop:" "suggested:"; do
		has "$word"
	done
}

run 4 -e "break finding" -e "run check_topology" -e explain "$tmp/newer.img"
whole
has "the rule:    topology 5: overlap, next node newer"
has "held against each other (first: prev, second: next):"
has "both claim 4098:"
has "the second is newer"
has "only in the first 0"
has "It is going to be decided: step asks"
grep -q '^    - dirents L1 ' "$tmp/out" && grep -q '^    + dirents L1 .* min_key R ' "$tmp/out" || fail "what would change is not shown"
# after the repair, and afterwards by number
run 4 -e "break mutation" -e "answer 1 y" -e "run check_topology" -e explain "$tmp/newer.img"
whole
has "It stands in the plan as repair 1"
run 4 -e "answer 1 y" -e "run check_topology" -e "explain 1" "$tmp/newer.img"
whole
has "answered:    fix (person)"
run 4 -k -e "answer 1 n" -e "run check_topology" -e explain "$tmp/newer.img"
whole
has "would have changed"
has "answered:    skip (person)"
run 16 -e "explain 7" "$tmp/newer.img"
# at a question, by a browsing job
cat >"$tmp/talk" <<-.
	expect arborist>
	send break finding
	expect arborist>
	send run check_topology
	expect arborist>
	send explain
	expect Enter: more
	send
	expect suggested
	expect arborist>
	send quit
	exit 4
.
need_terminal
talk "$tmp/talk" "$arborist" --plain "$tmp/newer.img"

run 4 -e "break finding" -e "run check_topology" -e explain "$tmp/gap.img"
has "between them nothing covers "

# a bucket: its alloc key, what was counted, who claims it, and the field that changes
"$tools/../image/mkimage" size=32M seed=5 dirs=6 files=300 filesize=4096 keys=20 fanout=8 depth=3 csum=1 "damage=alloc-dirty-sectors alloc @1" "$tmp/alloc.img" >"$tmp/mk" || { cat "$tmp/mk"; exit 99; }
run 4 -e "break finding" -e "run check_allocations" -e explain "$tmp/alloc.img"
whole
has "the rule:    buckets 3: data: when the sectors of data in the alloc key"
has "the sum wins over the note"
has "When it is too low, the bucket may be taken for empty"
has "the bucket now, as recorded and as counted:"
grep -q 'dirty_sectors .*<- differs' "$tmp/out" || fail "what was counted is not shown"
has "claims "
grep -q '^ *-  *dirty_sectors ' "$tmp/out" && grep -q '^ *+  *dirty_sectors ' "$tmp/out" || fail "the field that changes is not shown"

# two stripes in one bucket
"$tools/../image/mkimage" size=12M bucket=64K parity=1 replicas=2 dirs=2 files=24 filesize=40000 shared=4 seed=31 "damage=stripe-shared stripes" \
	"$tmp/stripe.0" "$tmp/stripe.1" "$tmp/stripe.2" >"$tmp/mk" || { cat "$tmp/mk"; exit 99; }
run 4 -e "break finding" -e "run check_allocations" -e explain "$tmp/stripe.0" "$tmp/stripe.1" "$tmp/stripe.2"
whole
has "arborist_stripe_pointer_conflict"
has "the rule:    stripes 3: bucket taken: when two stripes have a block in one bucket"
has "then the stripe that the bucket's alloc key does not name loses that block"
grep -q '^ *bucket 0:[0-9]*: generation 0, stripe, ' "$tmp/out" || fail "the bucket that both claim is not shown"

# at a stop in a node, at a pass, at a key
run 4 -e "break dirents" -e "run check_topology:dirents" -e explain "$tmp/newer.img"
has "the rule:    topology: at a node"
has "the root:"
has "it covers everything"
run 4 -e "break check_allocations" -e "run check_allocations" -e explain "$tmp/clean.img"
has "the pass:    "
ptr=$("$arborist" -e "nodes dirents:0" "$tmp/clean.img" 2>"$tmp/err" | sed -n '1s/.* ptr: \([0-9]*\):\([0-9]*\):.*/\1:\2/p')
run 4 -e "break bucket $ptr" -e "run check_allocations" -e explain "$tmp/clean.img"
has "the rule:    gc: at a node"
has "a key of type alloc_v4"

# at the cursor, with nothing running: the same row the check would find, on both sides of the boundary
run 0 -e "goto dirents:1" -e explain "$tmp/newer.img"
has "between two children"
has "topology 5: overlap, next node newer"
run 0 -e "goto dirents:0 4098:4194676380682243262:U32_MAX" -e explain "$tmp/newer.img"
has "where it begins"
has "topology 5: overlap, next node newer"
run 0 -e "goto inodes:1" -e explain "$tmp/gap.img"
has "topology 3: gap"
run 0 -e "goto inodes:1" -e explain "$tmp/clean.img"
has "cover its range exactly once"
has "topology 1: nodes meet"
has_not "topology 3"
run 0 -e "goto extents 4100" -e explain "$tmp/clean.img"
has "a key of type "
run 0 -e explain "$tmp/clean.img"
has "Nothing to explain yet"
[ "$before" = "$(state_of "$tmp/newer.img")" ] || fail "something was written"
# a note: what could be done on a policy is said, and what is only told has no answers
"$tools/../image/mkimage" size=24M replicas=2 seed=5 dirs=6 files=100 filesize=4096 keys=20 fanout=8 csum=1 "damage=one-copy extents @1" \
	"$tmp/two.0.img" "$tmp/two.1.img" >"$tmp/mk" 2>&1 || { cat "$tmp/mk"; exit 99; }
run 0 -e "run check_topology" -e "explain 1" "$tmp/two.0.img" "$tmp/two.1.img"
has "settled in one way: Write the node anew, into free space, with all its copies."
has "suggested:   skip"
run 4 -e "policy arborist_node_bad_copy yes" -e "run check_topology" -e "explain 1" "$tmp/two.0.img" "$tmp/two.1.img"
has "answered:    fix (policy)"
has "changes (- old, + new):"
finish
