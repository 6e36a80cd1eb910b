#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every language of po/LINGUAS: no fuzzy text, every format as in English, at least 95 of 100 texts of the sources translated, and the screens keep
# their layout in it.
. "${srcdir:-.}/tests/po/lib.sh"

make_template "$work/arborist.pot"
for lang in $(sed 's/#.*//' "$src/po/LINGUAS"); do
	po=$src/po/$lang.po
	[ "$(msgattrib --only-fuzzy --no-obsolete "$po" | grep -c '^msgid')" = 0 ] || fail "$lang: fuzzy texts"
	msgmerge -q --no-fuzzy-matching "$po" "$work/arborist.pot" -o "$work/$lang.po" || fail "$lang: msgmerge"
	all=$(msgattrib --no-obsolete "$work/$lang.po" | grep -c '^msgid ')
	missing=$(msgattrib --untranslated --no-obsolete "$work/$lang.po" | grep -c '^msgid ')
	echo "$lang: $missing of $all texts are missing"
	[ $((missing * 20)) -le "$all" ] || fail "$lang: more than one in twenty is missing; make -C po update-po, then translate"
	# the values that rows name in braces (src/command/row.h) are those of the English text
	msgattrib --translated --no-obsolete --no-wrap "$work/$lang.po" | awk '
		function names(t,  n) { n = ""; while (match(t, /\{[a-z_0-9]+/)) { n = n "\n" substr(t, RSTART + 1, RLENGTH - 1); t = substr(t, RSTART + RLENGTH) } return n }
		function sorted(t,  a, n, i, j, x, r) { n = split(names(t), a, "\n"); for (i = 1; i <= n; i++) for (j = i; j > 1 && a[j - 1] > a[j]; j--) { x = a[j]; a[j] = a[j - 1]; a[j - 1] = x }
			for (i = 1; i <= n; i++) r = r " " a[i]; return r }
		function judge() { if (text != "" && sorted(text) != sorted(id)) print id; text = "" }
		/^msgid "/ { judge(); id = $0; to = 1; next }
		/^msgid_plural/ { to = 0; next }
		/^msgstr/ { judge(); text = $0; to = 2; next }
		/^"/ { if (to == 1) id = id $0; if (to == 2) text = text $0 }
		END { judge() }' >"$work/braces"
	[ ! -s "$work/braces" ] || { fail "$lang: other values in braces"; head -n 5 "$work/braces"; }
	install_language "$lang" "$work/$lang.po"
	if [ -x ./arborist ]; then		# the program speaks it to people, and to no script
		LC_ALL=C ./arborist --help >"$work/english"
		speak "$lang" ./arborist --help >"$work/help" || fail "$lang: --help"
		cmp -s "$work/help" "$work/english" && fail "$lang: the program goes on in English"
		speak "$lang" ./arborist --json -n "$work/nowhere" >"$work/json" 2>"$work/err"
		LC_ALL=C ./arborist --json -n "$work/nowhere" >"$work/json.C" 2>"$work/err.C"
		cmp -s "$work/json" "$work/json.C" || fail "$lang: JSON is translated"
	fi
	if [ -x tests/ui/test_scenes ]; then
		speak "$lang" env ARBORIST_SCENES=layout tests/ui/test_scenes >"$work/scenes" 2>&1 ||
			{ fail "screens in $lang"; tail -n 20 "$work/scenes"; }
	fi
done
exit $bad
