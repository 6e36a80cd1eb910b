#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What every command gives to --json, and so to Lua: each line is valid, its members are those that the manual names under ROWS, of the kind it
# says; and what the manual names is to be had.
. "${top_srcdir:-.}/tests/command/lib.sh"
make() { "$tools/../image/mkimage" seed=5 dirs=6 files=300 filesize=4096 keys=20 fanout=8 depth=3 csum=1 xattrs=20 shared=10 "$@" >"$tmp/mk" 2>&1 || { cat "$tmp/mk"; exit 99; }; }
make size=32M "$tmp/sound.img"
make size=32M unclean=1 "$tmp/dirty.img"
make size=32M "damage=gap-leaf-lost extents @1" "damage=alloc-dirty-sectors alloc" "$tmp/gap.img"
make size=32M "damage=unreadable-leaf extents @2" "damage=root-entry-lost xattrs" "$tmp/hurt.img"
make size=24M replicas=2 "damage=one-copy extents @1" "damage=superblock-first" "$tmp/two.0.img" "$tmp/two.1.img"

# seen COMMAND[|COMMAND...] IMAGE...: its members are noted in $tmp/seen, and none of its rows is only a line of text
>"$tmp/seen"
text_is_right=0
sessions=0
seen()
{
	local commands=() args=(-k) c
	IFS='|' read -ra commands <<<"$1"
	for c in "${commands[@]}"; do args+=(-e "$c"); done
	shift
	"$arborist" --no-config --json --undo "$tmp/undo.$((++sessions))" "${args[@]}" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	"$tools/jsonlines" -f <"$tmp/out" >"$tmp/members" || fail "${commands[*]}: not JSON"
	cat "$tmp/members" >>"$tmp/seen"
	if [ $text_is_right = 0 ] && grep -q '^text ' "$tmp/members"; then
		fail "${commands[*]}: lines without members: $(grep '"event":"text"' "$tmp/out" | head -2)"
	fi
}

two="$tmp/two.0.img $tmp/two.1.img"
for i in sound dirty gap hurt; do
	img=$tmp/$i.img
	for c in info super 'super -c' devices members btrees 'nodes inodes' 'keys inodes' 'keys alloc' 'keys extents' 'inode 4100' 'path 4100' \
		'find type=dirent' journal 'journal -a' 'journal -k extents' 'journal -k inodes' passes findings policy plan 'plan loss' diff 'diff tree' set break mark gc \
		'gc extents 4100' 'run scan_for_btree_nodes|scanned|scanned extents:0' 'goto extents:0 4100|node|bsets|format|hex|key|keys|replicas' \
		'goto inodes:0|sibling|sibling -|up|down|down 2|back|forward|mark a|mark|jump a' 'goto dirents:0|key|follow' 'goto extents:0 4200|follow' \
		'break check_topology|break 5|break extents:4100|watch inodes:0:4100|break bucket 0:100|break|delete' 'bucket 0:0' \
		'policy check_allocations yes|policy btree_node_topology_bad_min_key no|policy' 'diff key inodes 0:4100' 'diff node inodes:0 0:4100'; do
		seen "$c" "$img"
	done
done
for c in devices 'super -c' 'goto extents:0|replicas' 'goto extents:0 4200|replicas' "capture $tmp/cap.qcow2"; do
	seen "$c" $two
done
[ -s "$tmp/cap.qcow2.1" ] || fail "capture: $(cat "$tmp/out" "$tmp/err")"
seen devices --degraded "$tmp/two.1.img"
make size=24M replicas=2 "$tmp/one.0.img" "$tmp/one.1.img"
make size=24M replicas=2 "damage=gap-leaf extents @1" "$tmp/other.0.img" "$tmp/other.1.img"
seen 'goto extents:1|replicas' "$tmp/one.0.img" "$tmp/other.1.img"		# copies that differ
for b in $("$arborist" --json -e "keys extents" "$tmp/sound.img" | grep -o '"bucket":"[0-9:]*' | sort -u | sed 's/.*":"//' | head -2) \
	$("$arborist" --json -e "nodes extents" "$tmp/sound.img" | grep -o '"bucket":"[0-9:]*' | sort -u | sed 's/.*":"//' | head -1); do
	seen "bucket $b|path $b" "$tmp/sound.img"
done
yes="policy check_topology yes|policy check_allocations yes|set expert on|run check_topology check_allocations"
for i in gap hurt; do
	seen "$yes|findings|plan|plan loss|plan extents|diff|diff 1|diff tree|diff counters|diff node extents:0 4110|gc|passes|gc extents 4100|journal|commit|plan|info" \
		"$tmp/$i.img"
	make size=32M "damage=gap-leaf-lost extents @1" "$tmp/again.img"
	seen "$yes|save $tmp/plan.$i|drop 1|plan|load $tmp/plan.$i|record $tmp/record.$i|commit|plan|undo" "$tmp/again.img"
done
make size=32M "damage=gap-leaf-lost extents @1" "$tmp/again.img"
seen "break finding|break mutation|run check_topology|explain|gc|answer 1 y|continue|explain|delete 1|delete 2|continue|explain 1" "$tmp/again.img"
seen "explain|break check_topology|run check_topology|explain|stop" "$tmp/sound.img"
seen "break watch|watch alloc:0:60|run check_topology|explain" "$tmp/sound.img"
seen "goto extents:0 4100|explain|goto extents:1|explain|goto extents:2|explain" "$tmp/sound.img"
make size=32M "damage=overlap-next-part extents @1" "$tmp/over.img"
seen "break finding|run check_topology|explain" "$tmp/over.img"
seen "break finding|break key extents|run check_allocations|explain" "$tmp/gap.img"
make size=32M "damage=alloc-dirty-sectors alloc" "$tmp/counts.img"
seen "break finding|run check_allocations|explain|stop" "$tmp/counts.img"
make size=32M "damage=ptr-gen-newer extents" "$tmp/gen.img"
seen "break finding|run check_allocations|explain|stop" "$tmp/gen.img"
make size=32M gens=1 "damage=alloc-all-oldest alloc" "$tmp/lags.img"
seen "policy gc_gens yes|run gc_gens|findings upkeep" "$tmp/lags.img"
text_is_right=1
seen "lua print(1)" "$tmp/sound.img"
text_is_right=0
seen "help|help gap|help alloc|help 63|help extent|help findings|help words|help find|help check_allocations|lesson" "$tmp/sound.img"

sort -u "$tmp/seen" >"$tmp/have"

# the manual: ".B EVENT", then "what it is of: MEMBER K, MEMBER K ..., find"
page=${top_srcdir:-.}/doc/arborist.8
sed -n '/^\.SH ROWS/,/^\.SH EXIT/p' "$page" | sed 's/\\ / /g; s/\\-/-/g' | awk '
	/^\.TP/ { event = ""; item = 1; next }
	/^\.SH/ { item = 0; event = ""; next }
	/^\.B / && item && !event { event = $2; next }
	event { sub(/^[^:]*: */, ""); n = split($0, m, /, */); for (i = 1; i <= n; i++) if (m[i] != "") print event, m[i] }' | sort -u >"$tmp/said"
[ "$(wc -l <"$tmp/said")" -gt 250 ] || fail "too few members in the manual"
"$arborist" -e 'help find' "$tmp/sound.img" | sed -n '/Fields:/,$s/^    \([a-z0-9_]*\) .*/\1/p' >"$tmp/fields"
echo pointers >>"$tmp/fields"
while read -r event member kind; do
	case $member in event) continue ;; text) [ "$kind" = t ] || fail "$event text $kind"; continue ;; esac
	[ "$kind" != - ] || kind=.
	grep -qx "$event $member $kind" "$tmp/said" && continue
	grep -qx "$event find" "$tmp/said" && grep -qx "$member" "$tmp/fields" && continue
	fail "not in the manual under ROWS: $event $member $kind"
done <"$tmp/have"
while read -r event member kind; do
	[ "$member" != find ] || { grep -q "^$event pos t" "$tmp/have" || fail "no row at all: $event"; continue; }
	case $event in progress | question | finding) continue ;; esac	# by chance, or of findings that are not raised here
	case $event in lesson_*) continue ;; esac		# tests/lesson/lessons.sh
	case "$event $member" in *' why_read_only' | *' why_left_out' | 'policy site') continue ;; esac
	grep -qx "$event $member $kind" "$tmp/have" || fail "in the manual, but never seen: $event $member $kind"
done <"$tmp/said"

# a script gets the same
need_lua "$tmp/sound.img"
lua() { run 0 -e "lua $1" "$tmp/sound.img"; [ "$(cat "$tmp/out")" = "$2" ] || { fail "lua $1: not $2"; head -5 "$tmp/out"; }; }
lua 'arborist.goto_("extents:0", "4100") local n = arborist.node()[1] return n.btree, n.level, n.readable, #n.bsets, n.bsets[1].csum_ok, n.keys == #arborist.keys()' \
	$'extents\t0\ttrue\t1\ttrue\ttrue'
lua 'local i = arborist.info()[1] return i.devices, i.clean, math.type(i.block_bytes), i.missing' $'1\ttrue\tinteger\t0'
lua 'local k = arborist.keys("inodes", "0:4096", "0:4096")[1] return k.inum, math.type(k.mode), k.level' $'4096\tinteger\t0'
lua 'for k in keys("extents") do if k.pointers then local p = k.pointers[1] return p.dev, p.bucket:match("^0:%d+$") ~= nil, p.cached end end' $'0\ttrue\tfalse'
lua 'local h = arborist.help("find")[1] return h.kind, h.name, h.arguments, h.text:match("^find EXPR") ~= nil' $'command\tfind\tEXPR\ttrue'
lua 'local h = arborist.help("63")[1] return h.kind, h.nr, h.name, #arborist.help() > 50, arborist.help("words")[1].summary:match("btree node") ~= nil' \
	$'finding\t63\tbtree_node_topology_bad_min_key\ttrue\ttrue'
lua 'arborist.goto_("extents:0", "4100") local e = arborist.explain()[1] local n = arborist.node()[1] return e.of, e.sides[1].seq == n.cookie, e.sides[1].keys == n.keys, e.sides[1].csum_ok, e.sides[1].first == arborist.keys("extents")[1].text, e.sides[2].role, #e.rules' \
	$'place\ttrue\ttrue\ttrue\ttrue\tkey\t2'
img="$tmp/over.img"
"$arborist" -e 'break finding' -e 'run check_topology' -e 'lua local e = arborist.explain()[2] local a, b, c = e.sides[2], e.sides[3], e.compared return e.of, a.role, b.role, c.how, c.newer, c.first, c.second, e.answers[1].answer, e.answers[1].suggested, e.answers[1].loses.keys_cut == c.only_second and c.only_first > 0, e.answers[2].does ~= "", e.waits' "$img" 2>"$tmp/err" >"$tmp/out"
grep -qx $'finding\tprev\tnext\toverlap\tnext\tprev\tnext\tfix\ttrue\ttrue\ttrue\ttrue' "$tmp/out" || fail "explain in Lua: $(cat "$tmp/out" "$tmp/err")"
lua 'local s = arborist.super()[1] return s.fields.dev_idx, s.fields.nr_devices, s.seq == s.fields.seq' $'0\t1\ttrue'
finish
