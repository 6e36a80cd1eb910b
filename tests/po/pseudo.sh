#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The program in the pseudo-language: nothing a person reads is left unmarked in the outputs below, nothing of --json is translated, and the
# screens keep their layout with texts a third wider.
. "${srcdir:-.}/tests/po/lib.sh"
arborist=${arborist:-./arborist}

make_template "$work/arborist.pot"
msgen --no-wrap --lang=en@pseudo "$work/arborist.pot" -o "$work/en.po" || fail "msgen"
sed -i 's/^"Content-Type: .*charset=CHARSET\\n"/"Content-Type: text\/plain; charset=UTF-8\\n"/; s/nplurals=INTEGER; plural=EXPRESSION/nplurals=2; plural=(n != 1)/' "$work/en.po"
LC_ALL=C.UTF-8 awk -f "$src/tests/po/pseudo.awk" "$work/en.po" >"$work/pseudo.po" || fail "awk"
install_language en@pseudo "$work/pseudo.po"

tests/image/mkimage size=32M seed=5 dirs=6 files=300 filesize=4096 keys=20 fanout=8 depth=3 damage='gap-leaf extents:0 @1' \
	damage='overlap-next-part inodes:0 @1' damage='unreadable-leaf dirents:0 @2' "$work/disk.img" >"$work/mk" 2>&1 || { cat "$work/mk"; exit 99; }
export XDG_STATE_HOME="$work/state" HOME="$work"

# unmarked FILE WORDS: prints the lines with three lower case words in a row outside of brackets, those matching WORDS left out
unmarked()
{
	LC_ALL=C.UTF-8 awk -v known="$2" '
	{
		line = $0; depth = 0; out = ""
		gsub(/«/, "\001", line)		# one byte each, for an awk that knows bytes only
		gsub(/»/, "\002", line)
		for (i = 1; i <= length(line); i++) {
			c = substr(line, i, 1)
			if (c == "\001") depth++
			else if (c == "\002") { depth--; out = out "." }
			else if (depth + carry <= 0) out = out c
		}
		carry += depth
		if (carry < 0) carry = 0
		if (known != "" && out ~ known) next
		if (out ~ /[a-z][a-z]+ [a-z]+ [a-z]+/) print FILENAME ": " out
	}' "$1"
}

# check NAME WORDS COMMAND...: the output of a command has brackets, and nothing else to read
check()
{
	name=$1 words=$2
	shift 2
	speak en@pseudo "$@" >"$work/$name" 2>&1 </dev/null
	grep -q '«' "$work/$name" || fail "$name: nothing is translated"
	unmarked "$work/$name" "$words" >"$work/unmarked"
	[ ! -s "$work/unmarked" ] || { fail "$name: not marked for translation:"; head -n 20 "$work/unmarked"; }
}

check help '' "$arborist" --help
check usage '' "$arborist" --no-such-option
# names of commands, passes, key types stay what they are
for word in '' btree_node_topology_bad_min_key check_topology extents alloc_v4 gap goto findings; do
	check "help-$word" 'deleted whiteout' "$arborist" --no-config -e "help $word" "$work/disk.img"
done
check info '' "$arborist" --no-config -e info -e "set" "$work/disk.img"
# the words of a finding are the kernel's
check check 'btree node|at btree|level [0-9]|topology|scan_for' "$arborist" --no-config -n "$work/disk.img"
check plan 'btree node|at btree|level [0-9]|topology|u64s [0-9]' "$arborist" --no-config -y -e "run check_topology" -e plan "$work/disk.img"

speak en@pseudo "$arborist" --no-config --json -n "$work/disk.img" >"$work/json" 2>&1
grep -q '"event":"summary"' "$work/json" || fail "no JSON came"
grep '«' "$work/json" && fail "JSON is translated"

if [ -x tests/ui/test_scenes ]; then
	speak en@pseudo env ARBORIST_SCENES=marked tests/ui/test_scenes >"$work/scenes" 2>&1 || { fail "screens in the pseudo-language"; tail -n 20 "$work/scenes"; }
fi
exit $bad
