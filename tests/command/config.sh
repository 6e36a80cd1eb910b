#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The configuration file: what it sets, what counts before it, what is wrong with it; and its manual page, checked against the table.
. "${top_srcdir:-.}/tests/command/lib.sh"
image any "overlap-prev-part dirents:0 @2"
img=$tmp/any.img
mkdir -p "$tmp/xdg/arborist" "$tmp/.config/arborist"
file=$tmp/.config/arborist/config
value() { sed -n "s/^$1 *\([^ ]*\) .*/\1/p" "$tmp/out"; }
is() { [ "$(value "$1")" = "$2" ] || { fail "$1 is $(value "$1"), not $2"; cat "$tmp/out"; }; }

run 0 -e set "$img"
is pace 0; is mouse on; is ascii off; is color auto; is expert off
page=${top_srcdir:-.}/doc/arborist-config.5
section=$(sed -n '/^\.SH SETTINGS/,/^\.SH POLICIES/p' "$page" | sed -n '/^\.TP/{n;s/^\.B //p}' | sed 's/\\f[A-Z]//g')
table=$(sed 's/^\([a-z]*\) *[^ ]* *(\([^)]*\)).*/\1 \2/' "$tmp/out")
[ "$(wc -l <<<"$table")" -gt 6 ] || fail "too few settings"
words() { tr ' |' '\n\n' | sort; }	# on|off stands as off|on in no page
while read -r name values; do
	grep -q "^$name " <<<"$section" || { fail "$name is not in arborist-config(5)"; continue; }
	[ "$(words <<<"$values")" = "$(grep "^$name " <<<"$section" | cut -d' ' -f2- | words)" ] || fail "the values of $name are other ones in arborist-config(5)"
done <<<"$table"
while read -r name _; do
	grep -q "^$name " <<<"$table" || fail "arborist-config(5) has $name, the program has not"
done <<<"$section"
run 0 --json -e set "$img"
has '{"event":"setting","name":"pace","value":"0",'

printf '# a comment\n\n  pace   7 # nodes\nascii on\r\ncolor\tnever\nscan whole\n' >"$file"
run 0 -e set "$img"
is pace 7; is ascii on; is color never; is scan whole; is mouse on
run 0 -e 'set pace 9' -e set "$img"
is pace 9
run 0 --color always -e set "$img"
is color always; is pace 7
run 0 --no-config -e set "$img"
is pace 0; is scan auto
echo 'pace 3' >"$tmp/xdg/arborist/config"
XDG_CONFIG_HOME=$tmp/xdg run 0 -e set "$img"
is pace 3; is color auto
XDG_CONFIG_HOME=$tmp/nothing run 0 -e set "$img"
is pace 0
XDG_CONFIG_HOME=relative run 0 -e set "$img"
is pace 7

# keys of one's own; what is wrong with them is said before anything is opened
printf 'key p plan\nkey b page-up # as in a pager\nkey ^R redraw\nkey F none\n' >"$file"
run 0 -e set "$img"
while IFS='|' read -r line why; do
	printf 'pace 1\n%s\n' "$line" >"$file"
	run 16 -e set "$img"
	grep -q "config:2: $why" "$tmp/err" || fail "$line: $why"
done <<'END'
key p|expected key KEY ACTION
key p plan now|expected key KEY ACTION
key nokey plan|there is no such key
key p fix|there is no such action
key Esc quit|this key always means the same
END

# policies; the command line counts before them
id=btree_node_topology_bad_min_key
before=$(state_of "$img")
echo "policy $id no" >"$file"
run 4 -y "$img"
has "(policy)"
echo "$id no" >"$tmp/answers"
echo "policy $tmp/answers" >"$file"
run 4 -y "$img"
has "(policy)"
echo "policy check_topology no" >>"$file"
run 4 -y "$img"
[ "$before" = "$(state_of "$img")" ] || fail "a no of the file was overruled"
echo "$id ask" >"$tmp/others"
run 4 -n --policy "$tmp/others" "$img"
has "(option)"
echo "policy $tmp/nothing" >"$file"
run 16 -n "$img"
run 4 -n --no-config "$img"
echo "expert on" >"$file"
image lost "btree-lost dirents"
lost=$(state_of "$tmp/lost.img")
run 4 -y --policy check_topology=yes "$tmp/lost.img"
[ "$lost" = "$(state_of "$tmp/lost.img")" ] || fail "-y emptied a btree for an expert"

# what is wrong is said in a line, with its number, before a device is opened
wrong() { printf "$1" >"$file"; run 16 -n "$img"; one_line; says "config${2:+:$2}: "; }
wrong 'pace 1\nnonsense 2\n' 2
wrong 'pace\n' 1
wrong 'pace -1\n' 1
wrong 'pace 99999999999999999999\n' 1
wrong 'pace 1 2\n' 1
wrong 'color maybe\n' 1
wrong 'policy\n' 1
wrong '\033[31mred\033[m on\n' 1
grep -q "$(printf '\033')" "$tmp/err" && fail "an escape sequence reached the terminal"
wrong 'pace 1\0\n'
head -c 70000 /dev/zero | tr '\0' '#' >"$file"
run 16 -n "$img"
head -c 20000 "$arborist" | tr -d '\0' >"$file"
run 16 -n "$img"
one_line
rm "$file"; mkdir "$file"
run 16 -n "$img"
rmdir "$file"; mkfifo "$file"
run 16 -n "$img"
rm "$file"; echo 'pace 5' >"$file"; chmod 666 "$file"
run 0 -e set "$img"
is pace 0
says "not read"
[ "$(id -u)" = 0 ] && { chmod 644 "$file"; chown 12345 "$file"; run 0 -e set "$img"; is pace 0; says "not read"; }
run 0 --help
run 0 --version
[ "$before" = "$(state_of "$img")" ] || fail "something was written"
finish
