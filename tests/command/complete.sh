#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion in bash, as the shell does it, and at the prompt; the history between two sessions; inputrc.
. "${top_srcdir:-.}/tests/command/lib.sh"
script=${top_srcdir:-.}/doc/bash/arborist

# complete WORD...: what the last word becomes, in $tmp/out
complete_words()
{
	bash -c 'compopt() { :; }; . "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); cd "$HOME"; _arborist; printf "%s\n" "${COMPREPLY[@]}"' \
		"$script" arborist "$@" >"$tmp/out" 2>"$tmp/err"
	[ ! -s "$tmp/err" ] || { fail "completion of $*"; cat "$tmp/err"; }
}
gives() { complete_words "${@:2}"; [ "$(paste -sd' ' "$tmp/out")" = "$1" ] || { fail "completion of ${*:2}"; cat "$tmp/out"; }; }

run 0 --help
options=$(sed -n 's/^  \(-[-a-z]*\).*/\1/p' "$tmp/out" | sort)
complete_words -
[ "$(sort "$tmp/out")" = "$options" ] || { fail "the options"; diff <(sort "$tmp/out") - <<<"$options"; }
gives "--plain --policy --progress-fd" --p
gives "check_topology" -n -r check_t
gives "check_topology,check_allocations" -n -r check_topology,check_al
gives "extents" -b ext
gives "auto always never" --color ""
gives "goto" -e go
gives "run check_topology" -e "run check_t"
gives "goto extents" -e "goto ext"
gives "set color" -e "set col"
: >"$tmp/disk.img"
gives "disk.img" -n di
gives "disk.img" -n -e info di
gives "demo" dem

image any
need_terminal
printf '%s\n' 'expect arborist>' 'type goto ext	' 'expect goto extents ' 'type PO	' 'expect S_M' 'send IN' 'expect arborist>' \
	'type fi	' 'type nd	' 'send type=subvolume' 'expect arborist>' 'type run check_top	' 'expect run check_topology ' 'send ' 'expect clean' 'send quit' 'exit 0' >"$tmp/t1"
TERM=dumb talk "$tmp/t1" "$arborist" --plain "$tmp/any.img"
grep -qx 'goto extents POS_MIN' "$tmp/state/arborist/history" || { fail "the history"; cat "$tmp/state/arborist/history"; }
[ "$(stat -c %a "$tmp/state/arborist/history")" = 600 ] || fail "a history that others can read"
# the line before the last, of the session before; then by a key of inputrc
printf '%s\n' 'expect arborist>' "type $(printf '\020')" 'expect quit' "type $(printf '\020')" 'expect run check_topology' 'send ' 'expect clean' 'send quit' 'exit 0' >"$tmp/t2"
TERM=dumb talk "$tmp/t2" "$arborist" --plain "$tmp/any.img"
printf '$if arborist\n"\\C-t": "help gap\\n"\n$endif\n' >"$tmp/.inputrc"
printf '%s\n' 'expect arborist>' "type $(printf '\024')" 'expect help gap' 'expect arborist>' 'send quit' 'exit 0' >"$tmp/t3"
TERM=dumb INPUTRC=$tmp/.inputrc talk "$tmp/t3" "$arborist" --plain "$tmp/any.img"
before=$(sha256sum <"$tmp/state/arborist/history")
printf '%s\n' 'expect arborist>' 'send help words' 'expect arborist>' 'send quit' 'exit 0' >"$tmp/t4"
TERM=dumb talk "$tmp/t4" "$arborist" --plain --no-config "$tmp/any.img"
[ "$before" = "$(sha256sum <"$tmp/state/arborist/history")" ] || fail "--no-config wrote the history"
finish
