/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Going by a record (recording.h): its commands are given again by the front end, its decisions answer the findings, which
 * have to be the same ones in the same order. The first that is not ends it.
 */
#include <config.h>
#include <errno.h>
#include "arborist/base/text.h"
#include "internal.h"

#define FILE_BYTES_MAX (256u << 20)

struct replay {
	char		*text;		/* the file, its newlines replaced by NULs; owned */
	char		*next, *end;	/* the line that comes */
	unsigned	line;		/* its number */
	unsigned	status;		/* of what failed when it was recorded */
	struct arb_buf	command;	/* as session_replay_next() gave it */
	struct arb_buf	trouble;	/* where it went another way; empty: nowhere so far */
};

/* --- the file ------------------------------------------------------------------------------------------------------------ */

static enum arb_code read_file(const char *path, struct arb_buf *out, struct arb_error *err)
{
	FILE *f = fopen(path, "re");
	char part[16384];
	size_t n;
	bool bad;

	if (!f)
		return arb_fail_sys(err, ARB_E_OPEN, errno, "cannot open the record %s", path);
	while ((n = fread(part, 1, sizeof(part), f)) && out->len <= FILE_BYTES_MAX)
		arb_buf_mem(out, part, n);
	bad = ferror(f);
	fclose(f);
	if (bad || out->oom)
		return arb_fail(err, ARB_E_READ, "cannot read the record %s", path);
	if (out->len > FILE_BYTES_MAX || memchr(out->s ? out->s : "", 0, out->len) || !out->len || out->s[out->len - 1] != '\n')
		return arb_fail(err, ARB_E_CONTENT, "%s is not a record, or has been cut off", path);
	return ARB_OK;
}

static void split_lines(struct replay *r, struct arb_buf *text)
{
	size_t n = text->len;

	r->text = r->next = arb_buf_steal(text);
	r->end = r->text + n;
	for (char *p = r->text; p < r->end; p++)
		if (*p == '\n')
			*p = '\0';
}

static const char *peek(const struct replay *r)
{
	return r->next < r->end ? r->next : NULL;
}

static void pass_by(struct replay *r)
{
	r->next += strlen(r->next) + 1;
	r->line++;
}

/* What follows "WORD " on the line that comes; NULL: another line. */
static const char *after(const struct replay *r, const char *word)
{
	const char *p = peek(r);
	size_t n = strlen(word);

	if (!p || strncmp(p, word, n) || (p[n] && p[n] != ' '))
		return NULL;
	return p + n + (p[n] == ' ');
}

static enum arb_code check_header(struct session *s, struct replay *r, struct arb_error *err)
{
	ARB_BUF(want);

	record_filesystem_line(&want, s);
	if (!peek(r) || strcmp(peek(r), RECORD_MAGIC))
		return arb_fail(err, ARB_E_CONTENT, "%s is not a record that this version knows", s->o.replay_path);
	pass_by(r);
	if (!peek(r) || strcmp(peek(r), arb_buf_str(&want)))
		return arb_fail(err, ARB_E_CHANGED, "%s was recorded on another filesystem, or another state of it (%s here)", s->o.replay_path,
				arb_buf_str(&want));
	pass_by(r);
	return ARB_OK;
}

enum arb_code replay_begin(struct session *s, struct arb_error *err)
{
	struct replay *r;
	ARB_BUF(text);
	enum arb_code code;

	if (!s->o.replay_path)
		return ARB_OK;
	code = read_file(s->o.replay_path, &text, err);
	if (code)
		return code;
	r = s->replay = calloc(1, sizeof(*r));
	if (!r)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	r->line = 1;
	split_lines(r, &text);
	return check_header(s, r, err);
}

void replay_free(struct session *s)
{
	if (!s->replay)
		return;
	free(s->replay->text);
	arb_buf_free(&s->replay->command);
	arb_buf_free(&s->replay->trouble);
	free(s->replay);
	s->replay = NULL;
}

/* --- decisions ------------------------------------------------------------------------------------------------------------ */

static void diverge(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void diverge(struct session *s, const char *fmt, ...)
{
	struct replay *r = s->replay;
	va_list ap;

	if (r->trouble.len)
		return;
	arb_buf_printf(&r->trouble, "%s:%u: ", s->o.replay_path, r->line);
	va_start(ap, fmt);
	arb_buf_vprintf(&r->trouble, fmt, ap);
	va_end(ap);
}

static bool word_is(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n) || ((*p)[n] && (*p)[n] != ' '))
		return false;
	*p += n + ((*p)[n] == ' ');
	return true;
}

/* "ANSWER ALL CHOICE SOURCE"; ALL is 1 for all of the kind, 2 for a stop that the pass goes on from */
static bool parse_answer(const char *p, const struct finding *f, struct answer *ret)
{
	unsigned verb = 0, source = 0;
	unsigned long choice;
	char *end;

	while (verb <= ANSWER_STOP && !word_is(&p, answer_verb_name((enum answer_verb)verb)))
		verb++;
	if (verb > ANSWER_STOP || *p < '0' || *p > '2' || p[1] != ' ')
		return false;
	*ret = (struct answer){ .verb = (enum answer_verb)verb, .all = *p == '1', .here = *p == '2' };
	choice = strtoul(p + 2, &end, 10);
	if (end == p + 2 || *end != ' ' || choice > f->nr_choices)
		return false;
	ret->choice = (uint8_t)choice;
	p = end + 1;
	while (source <= ANSWER_BY_DEFAULT && !word_is(&p, answer_source_name((enum answer_source)source)))
		source++;
	ret->source = (enum answer_source)source;
	return source <= ANSWER_BY_DEFAULT && !*p;
}

/* ^C and `stop` have no finding of their own: where the record says nothing more of a command that ended so, it ends so. */
static bool ended_here(const struct replay *r)
{
	const char *result = after(r, "result");

	return result && (!strcmp(result, arb_code_name(ARB_E_CANCELLED)) || !strcmp(result, arb_code_name(ARB_E_STOPPED)));
}

/* "N MODE BTREE LEVEL" */
static bool parse_going(const char *p, uint64_t *ret_places, struct stepping *ret)
{
	unsigned mode = 0;
	char *end;

	*ret_places = strtoull(p, &end, 10);
	if (end == p || *end != ' ')
		return false;
	p = end + 1;
	while (step_mode_name((enum step_mode)mode) && !word_is(&p, step_mode_name((enum step_mode)mode)))
		mode++;
	ret->mode = (enum step_mode)mode;
	ret->from.btree = (unsigned)strtoul(p, &end, 10);
	ret->from.level = *end == ' ' ? (unsigned)strtoul(end + 1, &end, 10) : 0;
	return mode <= STEP_END && !*end;
}

/* What was typed here, "N TEXT". False: it belongs to a place further on. */
static bool typed(struct session *s, const char *line)
{
	uint64_t places;
	char *end;
	ARB_BUF(text);

	places = strtoull(line, &end, 10);
	if (end == line || *end != ' ' || places < s->recording.places || !text_ungate(&text, end + 1, strlen(end + 1)))
		diverge(s, "no pass comes by here any more");
	if (s->replay->trouble.len || places > s->recording.places)
		return false;
	pass_by(s->replay);
	if (s->o.line_during)
		s->o.line_during(s, arb_buf_str(&text));
	return true;
}

static bool going(struct session *s, const char *line)
{
	struct stepping asked;
	uint64_t places;

	if (!parse_going(line, &places, &asked) || places < s->recording.places)
		diverge(s, "no pass comes by here any more");
	if (s->replay->trouble.len || places > s->recording.places)
		return false;
	asked.from_pass = s->progress.pass;
	stepping_ask(s, &asked);
	pass_by(s->replay);
	return true;
}

void replay_going(struct session *s)
{
	struct replay *r = s->replay;
	const char *line;
	bool on = r;

	while (on && !r->trouble.len)
		if ((line = after(r, "going")))
			on = going(s, line);
		else if ((line = after(r, "during")))
			on = typed(s, line);
		else
			on = false;
}

bool replay_answer(struct session *s, const struct finding *f, struct answer *ret)
{
	struct replay *r = s->replay;
	const char *line;
	ARB_BUF(want);

	if (!r)
		return false;
	*ret = (struct answer){ .verb = ANSWER_STOP, .source = ANSWER_BY_DEFAULT };
	replay_going(s);
	if (r->trouble.len || ended_here(r))
		return true;
	finding_record_line(&want, f);
	arb_buf_putc(&want, ' ');
	line = after(r, "finding");
	if (!line)
		diverge(s, "the record has no answer for finding %s", arb_buf_str(&want));
	else if (strncmp(line, arb_buf_str(&want), want.len))
		diverge(s, "the record has another finding here than %s", arb_buf_str(&want));
	else if (!parse_answer(line + want.len, f, ret))
		diverge(s, "this is not an answer");
	else
		pass_by(r);
	return true;
}

uint64_t replay_time(struct session *s, uint64_t now)
{
	const char *p = s->replay ? after(s->replay, "time") : NULL;

	if (!p)
		return now;
	now = strtoull(p, NULL, 10);
	pass_by(s->replay);
	return now;
}

/* --- commands: the front end asks for them while no job runs ------------------------------------------------------------------ */

const char *session_replay_next(struct session *s, bool *ret_check)
{
	struct replay *r = s->replay;
	const char *check, *command, *status;

	for (; r && (status = after(r, "status")); pass_by(r))
		r->status |= (unsigned)strtoul(status, NULL, 10);
	check = r ? after(r, "check") : NULL;
	command = r ? after(r, "command") : NULL;
	if (!r || r->trouble.len || !peek(r))
		return NULL;
	*ret_check = check;
	arb_buf_reset(&r->command);
	if ((!check && !command) || !text_ungate(&r->command, check ? check : command, strlen(check ? check : command))) {
		diverge(s, "this is neither a command nor a check");
		return NULL;
	}
	pass_by(r);
	return arb_buf_str(&r->command);
}

void session_replay_ended(struct session *s, enum arb_code code, bool looks)
{
	struct replay *r = s->replay;
	const char *was;

	replay_going(s);
	was = after(r, "result");
	if (r->trouble.len)
		return;
	if (!was)
		diverge(s, "%s did not come up here: %.200s", peek(r) && after(r, "finding") ? "a finding" : "something", peek(r) ? peek(r) : "the end");
	else if (!looks && !ended_here(r) && strcmp(was, arb_code_name(code)))
		diverge(s, "%s ended with %s, not with %s", arb_buf_str(&r->command), arb_code_name(code), was);
	else
		pass_by(r);
}

unsigned session_replay_status(struct session *s)
{
	return s->replay ? s->replay->status : 0;
}

const char *session_replay_trouble(struct session *s)
{
	return s->replay && s->replay->trouble.len ? arb_buf_str(&s->replay->trouble) : NULL;
}
