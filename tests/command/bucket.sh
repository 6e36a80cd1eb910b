#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bucket DEV:N before any pass has run: found and expected are what the findings of check_allocations say, conflicts and holes are told,
# and the filesystem is not touched.
. "${top_srcdir:-.}/tests/command/lib.sh"
field() { awk -v f="$1" '$1 == f { print $2, $3 }' "$tmp/out"; }

# wrong DAMAGE FINDING FIELD: the bucket the finding names differs in the field, by the two values it names
wrong()
{
	local line bucket got want
	image "$1" "$1 alloc"
	run 4 -n -r check_allocations "$tmp/$1.img"
	line=$(grep -m1 "^$2 " "$tmp/out") || fail "no $2 of $1"
	bucket=$(sed 's/.*bucket \([0-9]*:[0-9]*\).*/\1/' <<<"$line")
	got=$(sed 's/.*: got \([a-z0-9_]*\), should be \([a-z0-9_]*\).*/\1 \2/' <<<"$line")
	before=$(state_of "$tmp/$1.img")
	run 0 -e "bucket $bucket" "$tmp/$1.img"
	[ "$(field "$3")" = "$got" ] || fail "$1: bucket $bucket $3: $(field "$3"), not $got"
	grep -q "^  $3 .*<- differs" "$tmp/out" || fail "$1: $3 does not differ"
	[ "$before" = "$(state_of "$tmp/$1.img")" ] || fail "bucket wrote to $1"
}
wrong alloc-data-type alloc_key_data_type_wrong data_type
wrong alloc-dirty-sectors alloc_key_dirty_sectors_wrong dirty_sectors
wrong alloc-cached-sectors alloc_key_cached_sectors_wrong cached_sectors
wrong alloc-stripe alloc_key_stripe_wrong stripe

image healthy
run 0 -e "bucket 0:0" "$tmp/healthy.img"
has "superblock"
has_not "differs"
has "backpointers 0"
journal=$("$arborist" -e super "$tmp/healthy.img" | sed -n 's/^Buckets: *\([0-9]*\).*/\1/p')
[ -n "$journal" ] && run 0 -e "bucket 0:$journal" "$tmp/healthy.img" && has "journal  journal"
for word in 0 0: :0 1:0 0:x 0:99999999 64:0 -1:0; do
	run 16 -e "bucket $word" "$tmp/healthy.img"
	one_line
done

# data in the bucket of the superblock gives way, and is said to
image lands "ptr-wrong-type extents"
run 4 -n -r check_allocations "$tmp/lands.img"
bucket=$(sed -n 's/^ptr_bucket_data_type_mismatch .*bucket \([0-9]*:[0-9]*\).*/\1/p' "$tmp/out" | head -1)
run 0 -e "bucket ${bucket:-0:0}" "$tmp/lands.img"
has "CONFLICT"
has "no backpointer"
grep -q "^  data_type  *sb  *sb$" "$tmp/out" || fail "the superblock does not keep its bucket"

run 4 -n -e "run check_allocations" -e plan "$tmp/lands.img"
has "disk usage, before -> after"
grep -qE '^  \*   0  user .* -> ' "$tmp/out" || fail "the plan does not show how usage changes"
run 4 --json -n -e "run check_allocations" -e plan "$tmp/lands.img"
has '{"event":"usage","dev":0,"data_type":"user","before":{"buckets":'

# alloc key gone
image gone "alloc-missing alloc"
run 4 -n -r check_allocations "$tmp/gone.img"
bucket=$(sed -n 's/^ptr_to_missing_alloc_key .*bucket \([0-9]*:[0-9]*\).*/\1/p' "$tmp/out" | head -1)
run 0 -e "bucket ${bucket:-0:0}" "$tmp/gone.img"
has "found (no key)"
grep -q "^  data_type  *free  *user  <- differs" "$tmp/out" || fail "the bucket without a key is not of data"

# any state
for d in "unreadable-leaf extents" "unreadable-root extents" "root-entry-lost alloc" "btree-lost backpointers" "unreadable-interior inodes:1"; do
	image state "$d"
	run 0 -e "bucket 0:0" "$tmp/state.img"
	has "superblock"
	has "cannot be read: claims may be missing here"
done
image lost "btree-lost alloc"
run 0 -e "bucket 0:0" "$tmp/lost.img"
has "(unreadable)"
has_not "differs"
run 0 --json -e "bucket 0:0" "$tmp/lost.img"
has '"has_key":false,"key_unreadable":true'
has '"differs":[]'
run 4 -n -e passes -e "run check_allocations" -e passes "$tmp/lands.img"
[ "$(grep -c "the next mount runs it: asked for by the plan" "$tmp/out")" = 6 ] || fail "passes does not say what the plan asks for"
run 0 -e "run check_allocations" -e gc -e "gc alloc" -e "gc extents:1 4096:8:U32_MAX" "$tmp/healthy.img"
has "alloc L0 POS_MIN: neither check_allocations nor gc_gens runs"
has "extents L1 4096:8:U32_MAX: neither check_allocations nor gc_gens runs"
grep -qE "^memory .* of nodes, [0-9.]+ ?[kK]i?B? of tables" "$tmp/out" || { fail "gc does not tell the memory"; grep memory "$tmp/out"; }
run 16 -e "gc nonsense" "$tmp/healthy.img"
run 0 --json -e "bucket 0:0" "$tmp/healthy.img"
"$tools/jsonlines" <"$tmp/out" >/dev/null || fail "no JSON lines"
has '{"event":"bucket","dev":0,"bucket":0,'
has '"kind":"superblock","conflict":false,"data_type":"sb"'
has '"differs":[]'
# over a part nothing is compared, and that is said: clean would be taken for more than it is
image counts "alloc-dirty-sectors alloc"
run 0 -e "run check_allocations:alloc" "$tmp/counts.img"
grep -q "check_allocations over a part: buckets and counters are compared only when all btrees are counted" "$tmp/err" || fail "a part of it looks like all of it"
run 4 -n -r check_allocations "$tmp/counts.img"
grep -q "over a part" "$tmp/err" && fail "all of it is called a part"
finish
