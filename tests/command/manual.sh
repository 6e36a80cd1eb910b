#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual names every command, option, pass, finding and exit status the program has, and no command, pass and finding it has not.
# `ARBORIST=build/arborist top_builddir=build top_srcdir=. tests/command/manual.sh --mend` writes its lists of passes and findings.
. "${top_srcdir:-.}/tests/command/lib.sh"
page=${top_srcdir:-.}/doc/arborist.8
plain=$(sed 's/\\f[A-Z]//g; s/\\-/-/g; s/^\.[A-Z]* *//; s/"//g' "$page")
named() { grep -qE -- "(^|[^[:alnum:]_-])$1([^[:alnum:]_-]|\$)" <<<"$plain" || fail "not in the manual: $1"; }

image any
run 0 -e help "$tmp/any.img"
commands=$(sed -n '/^$/q; s/^  \([a-z]\+\).*/\1/p' "$tmp/out")
[ "$(wc -l <<<"$commands")" -gt 30 ] || fail "too few commands in help"
section=$(sed -n '/^\.SH COMMANDS/,/^\.SH ANSWERS/p' "$page" | sed 's/\\f[A-Z]//g')
for c in $commands; do
	grep -qE "(^\.B |, )$c( |,|\$)" <<<"$section" || fail "not among the commands of the manual: $c"
done
for c in $(sed -n '/^\.TP/{n;s/^\.B //p}' <<<"$section" | tr ',' '\n' | sed 's/^ *//; s/ .*//' | grep '^[a-z]'); do
	grep -qx -- "$c" <<<"$commands" || fail "in the manual, but no command: $c"
done
run 0 --help
options=$(sed -n 's/^  \(-[-a-z]*\).*/\1/p' "$tmp/out")
[ "$(wc -l <<<"$options")" -gt 15 ] || fail "too few options in --help"
for o in $options; do
	named "$o"
done
# passes and findings: the sections are made of what the program says of itself. --mend writes them anew.
troff() { awk -F '|' '{ gsub(/-/, "\\-"); printf ".TP\n.B %s\n\\&%s%s.\n", $1, $2 == "" ? "" : "(" $2 ") ", $3 }'; }
passes()
{
	"$arborist" --json -e passes "$tmp/any.img" 2>/dev/null |
		sed -n 's/^{"event":"recovery_pass","name":"\([^"]*\)",\("id":\([0-9]*\),\)\{0,1\}.*"what":"\([^"]*\)".*/\1|\3|\4/p' | troff
}
findings()
{
	"$arborist" --json -e 'help findings' "$tmp/any.img" 2>/dev/null |
		sed -n 's/^{"event":"help","kind":"finding","name":"\([^"]*\)",\("nr":\([0-9]*\),\)\{0,1\}"summary":"\([^"]*\)".*/\1|\3|\4/p' | troff
}
for part in passes findings; do
	$part >"$tmp/$part"
	[ "$(grep -c '^\.TP' "$tmp/$part")" -gt 30 ] || fail "too few $part"
	if [ "${1:-}" = --mend ]; then
		sed -i -e "/^\.\\\\\" $part:/,/^\.\\\\\" end of $part/{/^\.\\\\\" $part:/r $tmp/$part" -e "/^\.\\\\\" /!d}" "$page"
	fi
	sed "1,/^\.\\\\\" $part:/d; /^\.\\\\\" end of $part/,\$d" "$page" >"$tmp/there"
	cmp -s "$tmp/there" "$tmp/$part" || { fail "the $part of the manual; tests/command/manual.sh --mend"; diff "$tmp/there" "$tmp/$part" | head -6; }
done
finish
