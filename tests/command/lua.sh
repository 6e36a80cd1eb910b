#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Scripts in Lua: they see what the commands print, answer findings, cannot get out of their box, and end when they are told to.
. "${top_srcdir:-.}/tests/command/lib.sh"
"$arborist" --version | grep -q . || exit 99
image sound
image damaged "gap-leaf extents @1"
img=$tmp/sound.img
need_lua "$img"

# lua STATUS LINE: one line of Lua
lua() { run "$1" -e "lua $2" "$img"; }
gives() { lua 0 "$1"; [ "$(cat "$tmp/out")" = "$2" ] || { fail "lua $1: not $2"; head -5 "$tmp/out"; }; }
refuses() { lua 8 "$1"; says "$2"; }

gives '1 + 1, "x", nil' $'2\tx\tnil'
gives '#{1, 2, 3}' 3
run 0 -e 'lua a = 20' -e 'lua b = a + 1 return a + b' "$img"
has 41

# the same as the commands
run 0 -e 'keys extents' "$img"
cp "$tmp/out" "$tmp/want"
lua 0 'for k in keys("extents") do print(k.text) end'
cmp -s "$tmp/out" "$tmp/want" || fail "keys() is not what keys prints"
[ "$(wc -l <"$tmp/want")" -gt 200 ] || fail "too few keys for more than one portion"
run 0 -e 'keys extents 4100 4110' "$img"
cp "$tmp/out" "$tmp/want"
lua 0 'for k in keys("extents", "4100", 4110) do print(k.text) end'
cmp -s "$tmp/out" "$tmp/want" && [ -s "$tmp/want" ] || fail "keys() of a range"
lua 0 'arborist.keys("extents", "4100", "4110")'
cmp -s "$tmp/out" "$tmp/want" || fail "arborist.keys() shows itself otherwise"
run 0 -e 'nodes extents:1' -e 'nodes extents:0' "$img"
sort "$tmp/out" >"$tmp/want"
lua 0 'for n in nodes("extents:1") do print(n.text) end for n in nodes("extents:0") do print(n.text) end'
sort "$tmp/out" | cmp -s - "$tmp/want" || fail "nodes() is not what nodes prints"
gives 'arborist.keys("inodes", "0:4096")[1].type' inode_v3
gives 'local n = 0 for k in arborist.keys("inodes") do n = n + 1 end return n == #arborist.keys("inodes")' true
gives 'local u = 0 for b in buckets(0) do if b.data_type == "user" and b.dirty_sectors > 0 then u = u + 1 end end return u > 0' true
gives 'arborist.pos("4096:8:U32_MAX")' $'4096\t8\t4294967295'
gives 'arborist.goto_("extents:0", "4100") return arborist.node()[1].text:match("^node extents level 0")' 'node extents level 0'
gives 'local b = arborist.btrees()[1] return b.btree, b.depth, b.state' $'extents\t3\treadable'
gives 'for p in arborist.passes() do if p.name == "check_topology" then return p.id, p.state, p.runs end end' $'4\tnot run\t0'
gives 'local d = arborist.devices()[1] return d.state, d.bytes, d.good == d.copies' $'open\t33554432\ttrue'
gives 'arborist.set("pace")[1].value' 0

# a script with answers, to the commit
cat >"$tmp/mend.lua" <<'END'
#!/usr/bin/arborist
local seen = {}
function on_finding(f)
	seen[#seen + 1] = f.id
	assert(#f.objects > 0 and f.suggested == "fix" and #arborist.findings() == #seen - 1)
	return "yes"
end
local rows = arborist.run("check_topology")
assert(not rows.stopped and #seen == 1, #seen)
assert(rows[1].id == seen[1] and rows[1].state == "in the plan")
for f in findings() do print(f.serial, f.btree, f.answer, f.source) end
print(arborist.commit())
on_finding = function() error("nothing was to be found") end
arborist.run("check_topology", "check_allocations")
END
run 1 -f "$tmp/mend.lua" "$tmp/damaged.img"
has $'1\textents\tfix\tperson'
run 0 -n "$tmp/damaged.img"
image damaged "gap-leaf extents @1"
before=$(state_of "$tmp/damaged.img")
echo 'function on_finding(f) return "no" end print(arborist.run("check_topology").stopped)' >"$tmp/no.lua"
run 4 -f "$tmp/no.lua" "$tmp/damaged.img"
has true
echo 'function on_finding(f) return 7 end arborist.run("check_topology")' >"$tmp/seven.lua"
run 12 -f "$tmp/seven.lua" "$tmp/damaged.img"
says "seven.lua:1"
echo 'function on_finding(f) arborist.run("check_topology") end arborist.run("check_topology")' >"$tmp/nested.lua"
run 12 -f "$tmp/nested.lua" "$tmp/damaged.img"
says "only commands that look"
echo 'arborist.run("check_topology")' >"$tmp/asks.lua"
run 36 -f "$tmp/asks.lua" "$tmp/damaged.img"	# nobody answers
printf 'local a = 1\n\nlocal b = a.x.y\n' >"$tmp/wrong.lua"
run 8 -f "$tmp/wrong.lua" "$img"
says "wrong.lua:3:"
printf 'print(1)\nif\n' >"$tmp/wrong.lua"
run 8 -f "$tmp/wrong.lua" "$img"
says "wrong.lua:"
printf 'x = 1\narborist.keys("nosuch")\n' >"$tmp/wrong.lua"
run 8 -e "source $tmp/wrong.lua" -e 'lua print("went on")' "$img"
says 'wrong.lua:2: there is no btree "nosuch"'
has_not "went on"
run 8 -k -e "source $tmp/wrong.lua" -e 'lua print("went on")' "$img"
has "went on"
run 8 -f "$tmp/nothing.lua" "$img"
[ "$before" = "$(state_of "$tmp/damaged.img")" ] || fail "something was written"

# out of the box: nothing
for name in io os package require debug dofile loadfile string.dump warn math.randomseed; do
	gives "$name" nil
done
refuses 'io.open("/etc/passwd")' "nil value"
gives 'load("\27Lua")' $'nil\tattempt to load a binary chunk (mode is '"'t')"
gives 'load("return 6 * 7", "x", "b")()' 42
refuses 'error("\27[31m\n\7")' '\x1b[31m\x0a\x07'
lua 0 'print("\27[31mred")'
has '\x1b[31mred'
refuses 'string.rep("x", 1000000000)' "not enough memory"
refuses 'local t = {} for i = 1, 1e9 do t[i] = i end' "not enough memory"
refuses 'setmetatable({}, { __gc = print })' "__gc"
refuses 'arborist.nonsense()' 'no command "nonsense"'
refuses 'arborist.finding()' 'did you mean findings?'
refuses 'arborist.keys({})' "neither a text nor a number"
refuses 'arborist.lua("1")' "a script runs already"
refuses 'table.move({}, 1, 1e15, 2)' "to move"

# without end: the count of instructions ends it, whatever catches errors
for endless in 'while true do end' 'while true do pcall(function() while true do end end) end' \
	'coroutine.wrap(function() while true do end end)()' 'local f = coroutine.create(function() while true do end end) while true do coroutine.resume(f) end' \
	'xpcall(function() while true do end end, function() while true do end end)' '(("a"):rep(40)):find(("a*"):rep(20) .. "b")' \
	'setmetatable({}, { __index = function(t, k) return t[k + 1] end })[1]' 'local t <close> = setmetatable({}, { __close = function() while true do end end })' \
	'for k in function() return 1 end do end' '(("x"):rep(1e6)):gsub(".", function() while true do end end)'; do
	run 8 -e 'set luasteps 1000000' -e "lua $endless" "$img"
	one=$(grep -c . "$tmp/err")
	[ "$one" -le 2 ] || fail "lua $endless: $(cat "$tmp/err")"
done
# ^C or a signal ends it within a second
for endless in 'while true do end' 'while true do pcall(function() while true do end end) end' '(("a"):rep(50)):find(("a*"):rep(30) .. "b")' \
	'while true do for k in keys("extents") do end end' 'while true do arborist.btrees() end'; do
	for try in 1 2 3 4; do		# where something else had the processor just then
		"$arborist" -e 'set luasteps 0' -e "lua $endless" "$img" >"$tmp/out" 2>"$tmp/err" &
		pid=$!
		catches $pid TERM
		sleep 0.3
		start=$(clock)
		kill -TERM $pid
		wait $pid
		got=$?
		took=$(($(clock) - start))
		[ $got = 32 ] || fail "a signal during lua $endless: status $got"
		[ $took -ge 150 ] || break
	done
	[ $took -lt 150 ] || fail "lua $endless took $took hundredths of a second to end"
done

# patterns, the library's own answers
cat >"$tmp/patterns.lua" <<'END'
local cases = {
	{ "find", "5 7", "hello world", "o w" }, { "find", "3 4", "hello", "l+" }, { "find", "2 2", "a.b", ".", 2, true },
	{ "find", "nil", "abc", "b", -1 }, { "find", "1 0", "", "" }, { "find", "nil", "abc", "", 10 }, { "find", "2 3", "a]c", "[]c]+" },
	{ "match", "key value", "key = value", "^(%w+)%s*=%s*(%w+)$" }, { "match", "x", "  x ", "^%s*(.-)%s*$" },
	{ "match", "(a(b)c)", "f(a(b)c)d", "%b()" }, { "match", "abc", "xabcabc", "(abc)%1" }, { "match", "5 quick 11", "THE (quick) fox", "()%((%a+)()" },
	{ "match", "a-", "a-b", "[a%-]+" }, { "match", "yz", "xyz", "[^x]+" }, { "match", "123", "foo123", "%f[%d]%d+" }, { "match", "abc", "abc", "a?b?c?d?" },
	{ "match", "a", "aXb", "%U+" }, { "match", "a$", "a$", "a$$" }, { "match", "aaab", "aaab", "a-b" }, { "match", "nil", "aaa", "^b*$" },
	{ "gsub", "hell0 w0rld 2", "hello world", "o", "0" }, { "gsub", "-a-b- 3", "ab", "", "-" }, { "gsub", "bac d 3", "abc d", "(%w)(%w?)", "%2%1" },
	{ "gsub", "x_y 1", "x y", "%s", { [" "] = "_" } }, { "gsub", "aBBc 3", "abc", ".", function(c) return c == "b" and "BB" end },
	{ "gsub", "bba 2", "aaa", "a", "b", 2 }, { "gsub", "xaa 1", "aaa", "^a", "x" }, { "gsub", "a%b 1", "a.b", "%.", "%%" },
}
for _, c in ipairs(cases) do
	local got = table.pack(string[c[1]](table.unpack(c, 3)))
	for i = 1, got.n do got[i] = tostring(got[i]) end
	local text = table.concat(got, " ")
	if text ~= c[2] then print(c[1], c[3], c[4], "gave", text, "not", c[2]) end
end
local words = {}
for w in ("one two  three"):gmatch("%a+") do words[#words + 1] = w end
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do words[#words + 1] = k .. v end
for w in ("aXb"):gmatch("[^X]*") do words[#words + 1] = "<" .. w .. ">" end
assert(table.concat(words, " ") == "one two three a1 b2 <a> <b>")
for _, p in ipairs { "[a", "%", "(a", "a)", "%1", "%b", "%f", ("("):rep(33) } do
	if pcall(string.match, "aaa", p) then print("taken for a pattern:", p) end
end
END
run 0 -f "$tmp/patterns.lua" "$img"
[ ! -s "$tmp/out" ] || { fail "patterns"; cat "$tmp/out"; }
run 0 --json -e 'lua "text"' -f "$tmp/patterns.lua" "$img"
has '{"event":"text","command":"lua","line":"text"}'
finish
