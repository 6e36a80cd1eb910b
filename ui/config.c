/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The configuration file: $XDG_CONFIG_HOME/arborist/config or ~/.config/arborist/config, see arborist-config(5). It is not
 * trusted to be well-formed: size and lines are bounded, what is not understood is said with its line, and nothing is begun.
 * A file that is neither the person's nor root's is not read. What the command line says counts before it.
 */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "front.h"
#include "options.h"
#include "rebind.h"

#define CONFIG_BYTES_MAX (64u << 10)
#define WORDS_MAX 4

static bool config_path(struct arb_buf *out)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && xdg[0] == '/')
		arb_buf_printf(out, "%s/arborist/config", xdg);
	else if (home && home[0] == '/')
		arb_buf_printf(out, "%s/.config/arborist/config", home);
	return out->len && !out->oom;
}

static void say_gated(const char *path, unsigned line, const char *text, const char *word)
{
	ARB_BUF(p);
	ARB_BUF(w);

	text_gate(&p, path, strlen(path), TEXT_UTF8);
	text_gate_line(&w, word, strlen(word), TEXT_UTF8);
	if (line)
		say("%s:%u: %s%s%s (--no-config leaves this file out)", arb_buf_str(&p), line, text, w.len ? ": " : "", arb_buf_str(&w));
	else
		say("%s: %s%s%s (--no-config leaves this file out)", arb_buf_str(&p), text, w.len ? ": " : "", arb_buf_str(&w));
}

/* "policy FILE", "policy WHAT yes|no|ask" */
static bool take_policy(struct options *o, char *words[], int n)
{
	if (n == 2) {
		if (!o->session.policy_file && !o->config_policy)
			o->config_policy = strdup(words[1]);
		return true;
	}
	arb_buf_printf(&o->config_answers, "%s%s=%s", o->config_answers.len ? "," : "", words[1], words[2]);
	return !strchr(words[1], ',') && !strchr(words[1], '=') && !strchr(words[2], ',');
}

static const char *take_line(struct options *o, char *words[], int n, struct arb_error *err)
{
	enum setting which;
	uint64_t value;

	if (!strcmp(words[0], "policy"))
		return n >= 2 && n <= 3 && take_policy(o, words, n) ? NULL : _("expected policy FILE, or policy ID yes|no|ask");
	if (!strcmp(words[0], "key"))
		return n == 3 ? key_configure(words[1], words[2]) : _("expected key KEY ACTION");
	if (!setting_by_name(words[0], &which))
		return _("there is no such setting");
	if (n != 2)
		return _("expected NAME VALUE");
	if (setting_parse(which, words[1], &value, err))
		return err->text;
	if (!o->session.settings.has[which]) {
		o->session.settings.has[which] = true;
		o->session.settings.v[which] = value;
	}
	return NULL;
}

static bool take_text(struct options *o, char *text, const char *path)
{
	unsigned nr = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		char *words[WORDS_MAX + 1], *word;
		struct arb_error err = { 0 };
		const char *wrong = NULL;
		int n = 0;

		nr++;
		line[strcspn(line, "#")] = '\0';
		while ((word = strsep(&line, " \t\r")))
			if (*word && n <= WORDS_MAX)
				words[n++] = word;
		if (n)
			wrong = n > WORDS_MAX ? _("too many words") : take_line(o, words, n, &err);
		if (wrong) {
			say_gated(path, nr, wrong, wrong == err.text ? "" : words[0]);
			return false;
		}
	}
	return true;
}

static bool read_all(int fd, struct arb_buf *out)
{
	char part[4096];
	ssize_t n;

	while (out->len <= CONFIG_BYTES_MAX && (n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			arb_buf_mem(out, part, (size_t)n);
	}
	return !out->oom && out->len <= CONFIG_BYTES_MAX && !memchr(arb_buf_str(out), 0, out->len);
}

static int take_file(struct options *o, int fd, const char *path)
{
	struct stat st;
	ARB_BUF(text);

	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		say_gated(path, 0, _("not a file"), "");
		return EXIT_USAGE;
	}
	if ((st.st_uid != geteuid() && st.st_uid) || (st.st_mode & S_IWOTH)) {
		say_gated(path, 0, _("not read: it belongs to somebody else, or anybody may write it"), "");
		return 0;
	}
	if (!read_all(fd, &text)) {
		say_gated(path, 0, _("not a text of at most 64 KiB"), "");
		return EXIT_USAGE;
	}
	if (!text.s)
		return 0;
	return take_text(o, text.s, path) ? 0 : EXIT_USAGE;
}

/* Answers first, so that a policy file named on the command line is not mixed with them. */
static void hand_over(struct options *o)
{
	if (o->session.policy_file)
		return;
	o->session.policy_file = o->config_policy;
	o->session.policy_words = o->config_answers.len ? arb_buf_str(&o->config_answers) : NULL;
}

int config_read(struct options *o)
{
	ARB_BUF(path);
	int fd, r;

	if (o->no_config || !config_path(&path))
		return 0;
	fd = open(path.s, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0) {
		say_gated(path.s, 0, arb_errno_text(errno), "");
		return EXIT_USAGE;
	}
	r = take_file(o, fd, path.s);
	close(fd);
	if (!r)
		hand_over(o);
	return r;
}
