#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual names every command, every option and every exit status the program has, and no command it has not.
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
finish
