# SPDX-License-Identifier: GPL-3.0-or-later
# For the scripted sessions: a folder of their own, images, and running arborist with its status checked.
set -u
# A runner in the background (nohup, a shell's &) hands down signals that are ignored, and a shell cannot take that back
[ -n "${signals_as_usual:-}" ] || exec env --default-signal signals_as_usual=1 "${BASH:-bash}" "$0" "$@"
arborist=${ARBORIST:-${top_builddir:-build}/arborist}
tools=${top_builddir:-build}/tests/command
tmp=$(mktemp -d "${TMPDIR:-/tmp}/session.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
export XDG_STATE_HOME=$tmp/state HOME=$tmp TZ=UTC LC_ALL=C
unset NO_COLOR XDG_CONFIG_HOME
bad=0

fail() { echo "FAILED: $*"; bad=1; }
finish() { exit $bad; }

# image NAME [DAMAGE]: builds a filesystem into $tmp/NAME.img; every run gets the same one
image()
{
	local damage=()
	[ $# = 1 ] || damage=("damage=$2")
	"$tools/../image/mkimage" size=32M seed=5 dirs=6 files=300 filesize=4096 keys=20 fanout=8 depth=3 csum=1 "${damage[@]}" "$tmp/$1.img" >"$tmp/mk" 2>&1 ||
		{ cat "$tmp/mk"; exit 99; }
}

# need_lua IMAGE: skipped where the program was built without Lua
need_lua()
{
	"$arborist" -e 'lua 1' "$1" 2>&1 | grep -q 'built without Lua' || return 0
	echo "built without Lua"
	exit 77
}

# The rest is about terminals: skipped where none can be made (no /dev/pts)
need_terminal()
{
	"$tools/ptytalk" /dev/null /bin/true
	[ $? = 77 ] || return 0
	echo "no terminal can be made here"
	exit $((bad ? 1 : 77))
}

# talk SCRIPT COMMAND...: on a terminal
talk() { "$tools/ptytalk" "$@" || fail "the talk $1"; }

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
# nothing raw: printable ASCII, tabs and newlines, and whole characters beyond (of which no bidi mark)
is_tame() { ! LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]' "$1" && iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 || fail "raw bytes in $1"; }
has_not() { ! grep -qF -- "$1" "$tmp/out" || fail "in the output: $1"; }
says() { grep -qF -- "$1" "$tmp/err" || { fail "not said: $1"; cat "$tmp/err"; }; }
one_line() { [ "$(wc -l <"$tmp/err")" = 1 ] || { fail "not one line of diagnostics"; cat "$tmp/err"; }; }
# centiseconds of a clock that does not jump
clock() { local up; read -r up _ </proc/uptime; echo "${up/./}"; }

# catches PID SIGNAL: waits until the program just started answers that signal by itself (on a busy machine that takes a while). It is
# the program only when the shell that was to become it has: a shell catches signals, too.
catches()
{
	local mask i
	for ((i = 0; i < 600; i++)); do
		mask=
		[ "/proc/$1/exe" -ef "/proc/$$/exe" ] || mask=$(sed -n 's/^SigCgt:\s*//p' "/proc/$1/status" 2>/dev/null)
		(((0x${mask:-0} >> ($(kill -l "$2") - 1)) & 1)) && return 0
		kill -0 "$1" 2>/dev/null || return 1
		sleep 0.0$((i < 50 ? 1 : 9))
	done
	return 1
}
state_of() { stat -c '%s %Y.%y' "$1"; sha256sum <"$1"; }
