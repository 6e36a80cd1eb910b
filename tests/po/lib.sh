# SPDX-License-Identifier: GPL-3.0-or-later
# For the tests of messages: a fresh template from the sources, and languages made of it. Sourced.
src=${srcdir:-.}
for tool in xgettext msgfmt msgmerge msgen; do
	command -v $tool >/dev/null || { echo "$tool is not here"; exit 77; }
done
# Messages are translated in a locale that is not C, whatever LANGUAGE says; every libc has this one.
[ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ] || { echo "the locale C.UTF-8 is not here"; exit 77; }
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' INT TERM

bad=0
fail() { echo "FAIL: $*"; bad=1; }

# make_template FILE: as po/Makevars says
make_template()
{
	options=$(sed -n '/^XGETTEXT_OPTIONS *=/,/[^\\]$/{s/^XGETTEXT_OPTIONS *=//;s/\\$//;p}' "$src/po/Makevars" | tr -d '\n\t')
	grep -v '^#' "$src/po/POTFILES.in" >"$work/potfiles"
	xgettext $options --package-name=arborist -D "$src" -f "$work/potfiles" -o "$1" || fail "xgettext"
	[ "$(grep -c '^msgid' "$1")" -gt 500 ] || fail "hardly any text was found"
}

# install_language NAME FILE.po: below $work/locale
install_language()
{
	mkdir -p "$work/locale/$1/LC_MESSAGES"
	msgfmt -c -o "$work/locale/$1/LC_MESSAGES/arborist.mo" "$2" || fail "msgfmt $2"
}

# speak NAME COMMAND...: runs it in that language
speak()
{
	language=$1
	shift
	LC_ALL=C.UTF-8 LANGUAGE=$language ARBORIST_LOCALEDIR=$work/locale "$@"
}
