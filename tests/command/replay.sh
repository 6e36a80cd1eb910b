#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A session that was recorded, replayed on a copy: the same decisions, the same bytes, the same undo record. On anything else the
# replay stops where it differs.
. "${top_srcdir:-.}/tests/command/lib.sh"

"$tools/../image/mkimage" size=32M seed=5 dirs=6 files=300 filesize=4096 keys=20 fanout=8 depth=3 csum=1 \
	"damage=gap-leaf extents @1" "damage=overlap-prev-part dirents:0 @2" "damage=gap-leaf-lost inodes @2" "damage=alloc-dirty-sectors alloc @1" "$tmp/dev.img" >"$tmp/mk" || { cat "$tmp/mk"; exit 99; }
"$tools/../image/mkimage" size=32M seed=6 dirs=2 files=9 "$tmp/sound.img" >"$tmp/mk" || { cat "$tmp/mk"; exit 99; }
cp "$tmp/dev.img" "$tmp/fresh.img"
was=$(sha256sum <"$tmp/fresh.img")
need_lua "$tmp/fresh.img"
cd "$tmp" || exit 99

# recorded STATUS ARG...: a session with its record, then its replay on a copy in the same place; both end with STATUS
recorded()
{
	local want=$1
	shift
	rm -rf one.undo one.rec dev.img; cp fresh.img dev.img
	run "$want" --record one.rec --undo one.undo "$@" dev.img
	mv dev.img one.img; mv one.undo one.saved 2>/dev/null
	[ "$(stat -c %a one.rec)" = 600 ] || fail "a record that others can read"
	cp fresh.img dev.img
	run "${status_of_replay:-$want}" --replay one.rec --undo one.undo dev.img
	cmp -s dev.img one.img || { fail "the replay wrote other bytes: $*"; cat err; }
	[ ! -e one.saved ] || cmp -s one.undo one.saved || fail "the replay's undo record is another: $*"
	rm -f one.saved
}

recorded 1 -y
[ "$(sha256sum <dev.img)" != "$was" ] || fail "nothing was written"
grep -q '^finding ' one.rec || fail "no decision in the record"
status_of_replay=4 recorded 4 -n
[ "$(sha256sum <dev.img)" = "$was" ] || fail "-n wrote"
recorded 1 -e 'lua function on_finding() return "YES" end' -e 'lua arborist.run("check_topology", "check_allocations")' -e commit
cat >answers.lua <<'END'
function on_finding(f) return f.kind == "mustfix" and "yes" or "no" end
arborist.set("verbose", "on")
arborist.run("check_topology", "check_allocations")
for k in keys("inodes") do if k.pos == "nowhere" then error("never") end end
arborist.goto_("extents")
arborist.commit()
END
recorded 4 -f answers.lua
grep -qx 'command set verbose on' one.rec || fail "a command of a script is not in the record"
grep -q 'command \(lua\|source\)' one.rec && fail "the script itself is in the record"
# stepped, with a decision given at a stop; one ended at a stop
recorded 1 -e 'policy btree_node_topology_bad_min_key yes' -e 'policy btree_node_topology_bad_max_key yes' -e 'break mutation' -e 'break 63' \
	-e 'break dirents:POS_MIN' -e 'answer 1 Y' -e 'run check_topology' -e step -e 'answer 2 y' -e next -e finish -e delete -e continue -e commit
grep -q '^command step$' one.rec || fail "a step is not in the record"
recorded 4 -e 'break 63' -e 'break node' -e 'answer 1 y' -e 'run check_topology' -e 'delete 2' -e continue
recorded 4 -e 'answer 1 y' -e 'break mutation' -e 'run check_topology' -e stop -e plan
# what failed counts as it did then: a command, one that there is none, a bad argument, a script; what a script caught does not
recorded 20 -k -e 'answer 1 stop' -e 'run check_topology' -e 'drop 77' -e plan
recorded 12 -k -e 'answer 1 stop' -e 'run check_topology' -e commit -e plan
recorded 20 -k -e 'answer 1 n' -e nonsense -e 'goto nowhere' -e 'answer 2 stop' -e 'run check_topology'
recorded 20 -e 'break finding' -e 'run check_topology' -e stop -e nonsense -e never
recorded 28 -k -e 'break finding' -e 'run check_topology' -e 'lua error("x")' -e 'step 4' -e stop
recorded 4 -e 'lua return pcall(arborist.drop, 77)' -e 'break finding' -e 'run check_topology' -e stop
cp fresh.img dev.img; rm -f one.undo one.rec
run 4 --record one.rec --undo one.undo -e 'answer 1 y' -e 'answer 2 y' -e 'answer 3 y' -e 'answer 4 y' -e 'run check_topology' -e commit -e undo dev.img
[ "$(sha256sum <dev.img)" = "$was" ] || fail "undo"
rm -f one.undo
run 4 --replay one.rec --undo one.undo dev.img
[ "$(sha256sum <dev.img)" = "$was" ] || fail "undo in the replay"
# typed at the prompt, with a question changed by its person
cp fresh.img dev.img; rm -f one.undo one.rec
printf '%s\n' 'expect arborist>' 'send run check_topology' 'expect [s]top >' 'send y' 'expect [s]top >' 'send Y' 'expect [s]top >' 'send y' 'expect arborist>' \
	'send record one.rec' 'expect from its beginning' 'send drop 3' 'expect arborist>' 'send commit' 'expect Enter: more' 'send ' 'expect Type yes' 'send yes' 'expect Enter: more' 'send ' 'expect checked again' \
	'expect arborist>' 'send quit' 'exit 4' >talk
need_terminal
talk talk "$arborist" --plain --undo one.undo dev.img
mv dev.img one.img; mv one.undo one.saved; cp fresh.img dev.img
run 4 --replay one.rec --undo one.undo dev.img
cmp -s dev.img one.img && cmp -s one.undo one.saved || fail "the replay of what was typed is another"
# record in the middle of a session: from its beginning
cp fresh.img dev.img
rm -f one.rec
run 20 -k -e 'answer 1 n' -e 'keys inodes 4096 4097' -e 'run check_topology:extents' -e 'record one.rec' -e 'run nothing' dev.img </dev/null
head -1 one.rec | grep -qx 'arborist-record 1' || fail "the beginning of the record"
grep -qx 'command keys inodes 4096 4097' one.rec || fail "what came before is not in the record"
run 8 -e "record one.rec" dev.img
says "exist"
run 8 -e 'record two.rec' -e 'record three.rec' dev.img
says "already"

# another filesystem, another state of it, another question, no record at all
rm -f one.rec one.undo
cp fresh.img dev.img
run 1 --record one.rec --undo one.undo -y dev.img
before=$(state_of sound.img)
run 8 --replay one.rec sound.img
says "another filesystem, or another state of it"
[ "$before" = "$(state_of sound.img)" ] || fail "something was written"
run 8 --replay one.rec dev.img
says "another state"
cp fresh.img dev.img
before=$(state_of dev.img)
sed '0,/^finding 2 .*/s//finding 2 btree_node_topology_bad_min_key topology.gap 3 1 1:2:3 1:2:3 fix 0 0 option/' one.rec >wrong.rec
run 12 --replay wrong.rec dev.img
says "wrong.rec:"
says "another finding"
sed '/^finding 2 /d' one.rec >wrong.rec
run 12 --replay wrong.rec dev.img
says "wrong.rec:"
sed '0,/^finding 1 /s// finding 1 /' one.rec >wrong.rec
run 12 --replay wrong.rec dev.img
{ head -2 one.rec; printf 'command info\nresult ok\ncommand nonsense\nresult ok\n'; } >wrong.rec
run 8 --replay wrong.rec dev.img
says "wrong.rec:"
[ "$before" = "$(state_of dev.img)" ] || fail "a replay that went another way wrote"
for text in '' 'x' 'arborist-record 1' 'arborist-record 2\n' 'arborist-record 1\nfilesystem 0\n' 'arborist-record 1\n\0\n'; do
	printf "$text" >wrong.rec
	run 8 --replay wrong.rec dev.img
	[ -s err ] || fail "nothing was said of the record '$text'"
done
{ head -2 one.rec; printf 'finding\nresult\ncommand\ncheck \\x0\ntime x\n'; } >wrong.rec
run 8 --replay wrong.rec dev.img
{ head -2 one.rec; head -c 20000 "$arborist" | tr -d '\0'; echo; } >wrong.rec
run 8 --replay wrong.rec dev.img
run 8 --replay nothing.rec dev.img
run 16 --replay one.rec -n dev.img
run 8 --record "$tmp" -n dev.img
[ "$before" = "$(state_of dev.img)" ] || fail "something was written"
finish
