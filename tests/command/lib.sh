# SPDX-License-Identifier: GPL-3.0-or-later
# For the scripted sessions: a folder of their own, images, and running arborist with its status checked.
set -u
arborist=${ARBORIST:-${top_builddir:-build}/arborist}
tools=${top_builddir:-build}/tests/command
images=${ARBORIST_IMAGES:-${top_srcdir:-.}/../shared/images}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/session.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
export XDG_STATE_HOME=$tmp/state HOME=$tmp TZ=UTC LC_ALL=C
unset NO_COLOR
bad=0

fail() { echo "FAILED: $*"; bad=1; }
skip() { echo "skipped: $*"; exit 77; }
finish() { exit $bad; }

# image NAME: unpacks the real image of that name to $tmp/NAME.img
image()
{
	command -v zstd >/dev/null || skip "no zstd"
	[ -e "$images/$1.img.zst" ] || skip "no image $1 in $images (set ARBORIST_IMAGES)"
	zstd -qdf --long=27 --sparse "$images/$1.img.zst" -o "$tmp/$1.img" || exit 99
}

# run STATUS ARG...: output in $tmp/out, diagnostics in $tmp/err
run()
{
	local want=$1 got
	shift
	"$arborist" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ $got = "$want" ] || { fail "arborist $*: status $got, not $want"; head -5 "$tmp/out" "$tmp/err"; }
}

has() { grep -qF -- "$1" "$tmp/out" || { fail "not in the output: $1"; head -20 "$tmp/out"; }; }
has_not() { ! grep -qF -- "$1" "$tmp/out" || fail "in the output: $1"; }
says() { grep -qF -- "$1" "$tmp/err" || { fail "not said: $1"; cat "$tmp/err"; }; }
one_line() { [ "$(wc -l <"$tmp/err")" = 1 ] || { fail "not one line of diagnostics"; cat "$tmp/err"; }; }
state_of() { stat -c '%s %Y.%y' "$1"; sha256sum <"$1"; }
