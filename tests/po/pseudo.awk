# SPDX-License-Identifier: GPL-3.0-or-later
# Makes a pseudo-language of a catalogue of msgen --no-wrap: every text in «brackets», a third wider. What is shown without brackets was not
# marked for translation; what does not fit would not fit in other languages either.
function widened(s,   head, tail, n, pad)
{
	head = ""; tail = ""
	while (substr(s, 1, 2) == "\\n") { head = head "\\n"; s = substr(s, 3) }
	while (length(s) >= 2 && substr(s, length(s) - 1) == "\\n") { tail = tail "\\n"; s = substr(s, 1, length(s) - 2) }
	if (s == "")
		return head tail
	pad = ""
	for (n = int(length(s) / 3); n > 0 && length(pad) < 40; n--)
		pad = pad "~"
	return head "«" s pad "»" tail
}
function flush_text()
{
	if (key != "")
		print key " \"" (header ? text : widened(text)) "\""
	key = ""; text = ""
}
function quoted(line)
{
	sub(/^[^"]*"/, "", line)
	sub(/"$/, "", line)
	return line
}
/^msgid / { flush_text(); header = $0 == "msgid \"\""; in_id = 1; print; next }
/^msgid_plural / { header = 0; print; next }
/^msgstr/ { flush_text(); in_id = 0; key = $1; text = quoted($0); next }
/^"/ && in_id { header = 0; print; next }
/^"/ { text = text quoted($0); next }
{ flush_text(); in_id = 0; print }
END { flush_text() }
