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
	install_language "$lang" "$work/$lang.po"
	if [ -x tests/ui/test_scenes ]; then
		speak "$lang" env ARBORIST_SCENES=layout tests/ui/test_scenes >"$work/scenes" 2>&1 ||
			{ fail "screens in $lang"; tail -n 20 "$work/scenes"; }
	fi
done
exit $bad
