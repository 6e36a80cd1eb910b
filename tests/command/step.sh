#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Stepping by script: every kind of breakpoint, watch, and going on from a stop.
. "${top_srcdir:-.}/tests/command/lib.sh"
image damaged "overlap-prev-part dirents:0 @2"
image clean
img=$tmp/damaged.img
before=$(state_of "$img")
printf 'btree_node_topology_bad_min_key yes\nbtree_node_topology_bad_max_key yes\n' >"$tmp/yes"

# stop_lines WANT...: the lines that begin with "stopped in" hold these texts, in this order, and there are no others
stop_lines()
{
	local n=0 line
	grep '^stopped in' "$tmp/out" >"$tmp/stops"
	[ "$(wc -l <"$tmp/stops")" = $# ] || { fail "$# stops wanted, not:"; cat "$tmp/stops"; return; }
	while read -r line; do
		shift_to=$((n += 1))
		[[ $line == *"${!shift_to}"* ]] || fail "stop $n: \"${!shift_to}\" wanted, not $line"
	done <"$tmp/stops"
}

# a finding, by number and by id: before it is decided, then after the repair
run 4 --policy "$tmp/yes" -e "break 63" -e "run check_topology" -e explain -e step -e plan -e continue -e findings "$img"
stop_lines "at breakpoint 1 (63): finding 1 is going to be decided" "in the plan now, repair 1"
has "rule  topology"
has "in the plan  fix   btree_node_topology_bad_min_key"
run 4 --policy "$tmp/yes" -e "break btree_node_topology_bad_min_key" -e "run check_topology" -e "findings" "$img"
stop_lines "at breakpoint 1 (btree_node_topology_bad_min_key): finding 1"
has "nothing found so far"
has "check_topology: stopped, 1 found, 0 fixed in memory, 1 left"
# the question comes when one goes on; its answer may have been given at the stop
run 4 -e "break 63" -e "run check_topology" -e "answer 1 n" -e continue -e findings "$img"
has "finding 1: skipped (person)"
run 4 -k -e "break 63" -e "run check_topology" -e "answer 1 y" -e continue -e plan "$img"
has "repair 1"
run 36 -e "break 63" -e "run check_topology" -e continue "$img"
says "nothing was assumed"

# stop, and the end of the script while it is stopped
run 4 -e "break 63" -e "run check_topology" -e stop -e passes -e plan "$img"
has "the plan is empty"
has "check_topology: stopped, 1 found"
run 4 -e "break check_topology" -e "run check_topology" "$tmp/clean.img"
run 4 -e "break check_topology" -e "run check_topology" -e stop "$tmp/clean.img"
run 0 -e "break check_topology" -e "run check_topology" -e continue "$tmp/clean.img"
run 0 -e "break check_topology" -e "run check_topology" -e stop -e delete -e "run check_topology" "$tmp/clean.img"

# a btree position: the leaf that holds it, and what is found about it
run 4 --policy "$tmp/yes" -e "break dirents:POS_MIN" -e "run check_topology" -e continue "$img"
stop_lines "at the node dirents L0 POS_MIN"
run 4 --policy "$tmp/yes" -e "break dirents" -e "run check_topology:dirents" -e next -e next -e finish "$img"
stop_lines "(dirents): at the node dirents L" "at the node dirents L" "at the node dirents L" "at the node dirents L"
run 0 -e "break dirents:4097:5" -e "run check_topology:inodes" -e "run check_topology:extents" "$tmp/clean.img"
stop_lines
run 0 -e "break extents:0..4100" -e "run check_topology:extents:4090..4100" -e delete -e continue "$tmp/clean.img"
stop_lines "at breakpoint 1 (extents:0..4100): at the node extents L0"

# watch: old and new
run 4 --policy "$tmp/yes" -e "watch dirents:POS_MIN..SPOS_MAX" -e "run check_topology" -e break "$img"
stop_lines "at breakpoint 1 (watch dirents:POS_MIN..SPOS_MAX): in the plan now"
grep -q '^  - dirents L1 ' "$tmp/out" && grep -q '^  + dirents L1 ' "$tmp/out" || fail "old and new are not shown"
has "hits 1"
run 4 --policy "$tmp/yes" -e "watch inodes:POS_MIN..SPOS_MAX" -e "run check_topology" "$img"
stop_lines
run 4 --policy "$tmp/yes" -e "break mutation" -e "run check_topology" -e continue "$img"
stop_lines "in the plan now, repair 1"

# a bucket: the pointer to a node, and the alloc key of its bucket
ptr=$("$arborist" -e "nodes dirents:0" "$tmp/clean.img" 2>"$tmp/err" | sed -n '1s/.* ptr: \([0-9]*\):\([0-9]*\):.*/\1:\2/p')
[ -n "$ptr" ] || fail "no pointer in the listing"
run 0 -e "break bucket $ptr" -e "run check_topology" -e delete -e continue "$tmp/clean.img"
stop_lines "(bucket $ptr): "
has " ptr: $ptr:"
run 0 -e "break bucket $ptr" -e "run check_allocations" -e delete -e continue "$tmp/clean.img"
has "alloc L0 key u64s"
run 0 -k -e "break bucket $ptr" -e "run check_allocations" -e continue -e continue -e continue -e continue -e continue -e delete -e continue "$tmp/clean.img"
has "backpointers L0 key u64s"

# every pass can be stopped where it begins
for pass in scan_for_btree_nodes check_topology accounting_read alloc_read stripes_read snapshots_read check_allocations gc_gens; do
	run 4 -e "break $pass" -e "run $pass" "$tmp/clean.img"
	stop_lines "stopped in $pass at breakpoint 1 ($pass): it begins"
done
# and those that walk a btree at its nodes
for pass in check_topology accounting_read alloc_read snapshots_read check_allocations; do
	run 4 -e "break $pass" -e "run $pass" -e next -e "delete" "$tmp/clean.img"
	stop_lines "it begins" "stopped in $pass: at the node"
done

# gc_gens ends at the key where it is told to stop, not at the end of the node
"$tools/../image/mkimage" size=64M files=50 dirs=3 filesize=60000 gens=1 "damage=alloc-all-oldest alloc" "$tmp/gens.img" >/dev/null || exit 99
run 0 -n -v -r gc_gens "$tmp/gens.img"
[ "$(grep -c '^upkeep: arborist_gc_gens_oldest' "$tmp/out")" -gt 5 ] || fail "too few buckets to stop between"
echo 'arborist_gc_gens_oldest yes' >"$tmp/oldest"
run 4 --policy "$tmp/oldest" -e "break gc_gens" -e "run gc_gens" -e step -e step -e stop "$tmp/gens.img"
stop_lines "it begins" "is going to be decided" "in the plan now"
[ "$(grep -c '^upkeep: 1 time.*(arborist_gc_gens_oldest)' "$tmp/out")" = 1 ] || fail "gc_gens went on after stop"
has "gc_gens: stopped, 0 found, 1 fixed in memory"

# from a script in a file: run comes back to it, too
printf 'break check_topology\nrun check_topology\ngc\nnext\ncontinue\ninfo\n' >"$tmp/script"
run 0 -f "$tmp/script" "$tmp/clean.img"
stop_lines "it begins" "at the node"
run 0 -e "source $tmp/script" "$tmp/clean.img"
stop_lines "it begins" "at the node"

# looking around works at a stop, what changes does not
run 4 --policy "$tmp/yes" -e "break 63" -e "run check_topology" -e node -e "keys inodes 0 0" -e gc -e btrees -e up -e findings "$img"
run 12 -e "break 63" -e "run check_topology" -e "run check_topology" "$img"
says "a pass is stopped"
run 12 -e "break 63" -e "run check_topology" -e commit "$img"
says "a pass is stopped"
run 8 -e step "$img"
says "no pass is stopped"

# what is asked wrongly
run 16 -e "break chek_topology" "$img"
says "did you mean check_topology?"
run 16 -e "break extints:5" "$img"
says "did you mean extents?"
run 16 -e "break bucket" "$img"
says "expected bucket DEV:N"
run 0 -e "break inodes 0:4100" -e "watch extents 4100..4200" "$img"	# a place in two words, as goto takes it
has "breakpoint 1: inodes:0:4100"
has "breakpoint 2: watch extents:4100..4200"
run 16 -e "watch extents:0 4100" "$img"
run 0 -e "break bucket 9:1" "$img"
has "breakpoint 1: bucket 9:1, which no device has"
run 16 -e "watch extents" "$img"
says "expected BTREE:POS"
run 16 -e "delete 3" "$img"
says "there is no breakpoint 3"
run 0 -e "break 63" -e "break extents" -e "delete 1" -e break -e delete -e break "$img"
[ "$(grep -c 'hits 0' "$tmp/out")" = 1 ] && has "no breakpoints" || fail "deleting"

# JSON
run 4 --json --policy "$tmp/yes" -e "break 63" -e "run check_topology" -e step -e continue "$img"
"$tools/jsonlines" <"$tmp/out" || fail "not JSON lines"
has '{"event":"stop","what":"finding","breakpoint":1,"pass":"check_topology","btree":"dirents","level":0,'
has '{"event":"stop","what":"mutation","breakpoint":0,'

# the prompt: ^C and the end of input end the pass, and are no yes
cat >"$tmp/talk" <<-.
	expect arborist>
	send break 63
	expect arborist>
	send run check_topology
	expect going to be decided
	expect step, next, finish, continue or stop
	expect arborist>
	send explain
	expect Enter: more
	send
	expect suggested
	expect arborist>
	send step
	expect [s]top >
	send y
	expect in the plan now
	expect arborist>
	send
	expect 1 fixed in memory
	expect arborist>
	send drop 1
	expect 1 repair taken back
	expect arborist>
	send run check_topology
	expect going to be decided
	expect arborist>
	send s
	expect [s]top >
	send y
	expect in the plan now
	expect arborist>
	send drop 1
	expect a pass is stopped
	expect arborist>
	send c
	expect 1 fixed in memory
	expect arborist>
	send run check_topology
	expect arborist>
	send drop 2
	expect 1 repair taken back
	expect arborist>
	send run check_topology
	expect going to be decided
	expect arborist>
	intr
	expect check_topology: stopped
	send run check_topology
	expect going to be decided
	expect arborist>
	eof
	exit 4
.
need_terminal
talk "$tmp/talk" "$arborist" --plain "$img"
cat >"$tmp/hangup" <<-.
	expect arborist>
	send break 63
	expect arborist>
	send run check_topology
	expect going to be decided
	hangup
	exit 36
.
talk "$tmp/hangup" "$arborist" --plain "$img"
[ "$before" = "$(state_of "$img")" ] || fail "something was written"
finish
