#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Who answers, and what nobody answers by the way: policies of findings and passes, repeats, reasons, and what empties a btree.
. "${top_srcdir:-.}/tests/command/lib.sh"
image damaged "overlap-prev-part dirents:0 @2"
img=$tmp/damaged.img
need_lua "$img"
id=btree_node_topology_bad_min_key
before=$(state_of "$img")

# forced by finding, by pass, by both: what says more counts; a forced no beats -y
policy() { printf '%s\n' "$@" >"$tmp/policy"; }
found() { run "$1" --json "${@:2}" "$img"; }
run 4 -n "$img"
id=$(sed -n 's/^\([a-z_]*\) dirents L0 .*/\1/p' "$tmp/out" | head -1)
[ -n "$id" ] || fail "no finding in the dirents"
policy "$id no"
run 4 -y --policy "$tmp/policy" "$img"
has "(policy)"
policy "63 no" "64 no"		# by their numbers
run 4 -y --policy "$tmp/policy" "$img"
has "(policy)"
policy "check_topology no"
run 4 -y --policy "$tmp/policy" "$img"
has "(policy)"
policy "check_topology:$id no" "$id yes" "check_topology yes"
run 4 -y --policy "$tmp/policy" "$img"
run 4 -y --policy "check_topology:$id=no,$id=yes" "$img"
has "(policy)"
run 4 -e "policy check_topology no" -e "run check_topology" "$img"
[ "$before" = "$(state_of "$img")" ] || fail "a forced no was overruled"
policy "check_topology no" "$id yes"
run 4 -e policy --policy "$tmp/policy" -e "run check_topology" "$img"
has "check_topology: no"
has "$id: yes"
has "(policy)"
for wrong in "nothing no" "check_topology:nothing no" "nothing:$id no" "check_topology: no" ":$id no" "$id maybe" "$id" "$id no no"; do
	policy "$wrong"
	run 16 -n --policy "$tmp/policy" "$img"
	one_line
done
run 16 -n --policy "$id=perhaps" "$img"
run 16 -e "policy nothing yes" "$img"
run 16 -e "policy $id perhaps" "$img"
[ "$before" = "$(state_of "$img")" ] || fail "something was written"

# every suggestion has its reason
printf 'd\ns\n' | "$arborist" -e "run check_topology" "$img" >"$tmp/out" 2>"$tmp/err"
grep -q 'suggested: fix, because ' "$tmp/out" || fail "no reason"
run 4 -n "$img"
run 4 -e "answer 1 y" -e "run check_topology" -e "explain 1" "$img"
grep -q '^suggested:   fix, because ' "$tmp/out" || fail "explain gives no reason"

# what would empty a btree for good: never by -y or a policy, by a person only with its name, or as an expert
image lost "btree-lost dirents"
img=$tmp/lost.img
before=$(state_of "$img")
written() { [ "$before" != "$(state_of "$img")" ]; }
run 4 -y "$img"
run 4 -y --policy "check_topology=yes" "$img"
says "btree dirents for good"
run 4 -y --policy "check_topology=yes" -r check_topology "$img"
written && fail "-y emptied a btree"
plan() { printf "$1" | "$arborist" -e "run check_topology" -e plan "$img" >"$tmp/out" 2>"$tmp/err"; }
plan 'y\ny\ny\ny\n'
empties() { grep -q '^repair .*empty root' "$tmp/out"; }
empties && fail "emptied without its name"
plan 'Y\nY\n\nY\nyes\n'
empties && fail "emptied without its name"
plan 'y\ny\ninodes\ny\nDIRENTS\ns\n'
empties && fail "emptied without its name"
says "not its name"
plan 'y\ny\ndirents\ny\ny\n'
empties || fail "not emptied, although meant"
run 36 -e "answer 2 y" -e "answer 1 y" -e "run check_topology" "$img"
says "set expert on"
run 4 -e "set expert on" -e "answer 2 y" -e "answer 1 y" -e "run check_topology" -e plan "$img"
empties || fail "not emptied for an expert"
echo 'function on_finding(f) return f.empties and "yes" or "yes" end arborist.run("check_topology")' >"$tmp/x.lua"
run 36 -f "$tmp/x.lua" "$img"
says "set expert on"
echo 'arborist.set("expert", "on")' | cat - "$tmp/x.lua" >"$tmp/y.lua"
run 4 -f "$tmp/y.lua" "$img"
written && fail "something was written"
run 4 --json -n "$img"
has '"empties":true'

# repeats: a hundred are shown, then they are counted; -n, -v, JSON lines and the transcript have them all
"$tools/../image/mkimage" size=128M seed=5 dirs=6 files=500 filesize=65536 csum=1 "damage=btree-lost alloc" "$tmp/many.img" >"$tmp/mk" || { cat "$tmp/mk"; exit 99; }
shown() { grep -c '^alloc_key_data_type_wrong alloc' "$tmp/out"; }
run 4 -n "$tmp/many.img"
all=$(shown)
[ "$all" -gt 120 ] || fail "only $all of a kind"
cp "$tmp/many.img" "$tmp/other.img"
run 1 -y --transcript "$tmp/log" "$tmp/other.img"
[ "$(shown)" = 100 ] || fail "$(shown) shown, not 100"
has "alloc_key_data_type_wrong: $((all - 100)) more, answered in the same way (fix)"
[ "$(grep -c 'finding [0-9]*: alloc_key_data_type_wrong' "$tmp/log")" = "$all" ] || fail "the transcript has not all"
cp "$tmp/many.img" "$tmp/other.img"
run 1 -y -v "$tmp/other.img"
[ "$(shown)" = "$all" ] || fail "-v does not show all"
cp "$tmp/many.img" "$tmp/other.img"
run 1 -y --json "$tmp/other.img"
[ "$(grep -c '"event":"finding","id":"alloc_key_data_type_wrong"' "$tmp/out")" = "$all" ] || fail "JSON lines have not all"
finish
