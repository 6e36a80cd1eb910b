/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line at the bottom of line mode that says how far a pass, or a long look around, has come: on standard error when that is
 * a terminal, from the third second on, and gone before anything else is written.
 */
#include <config.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "front.h"

#define FIRST_NS 2000000000ull
#define EVERY_NS 1000000000ull

static int shown;			/* columns of it that stand on the terminal */
static uint64_t began_ns, drawn_ns;	/* of the wait; when it was drawn */

bool status_line_wanted(const struct front *f)
{
	return !f->o->json && !f->progress && isatty(STDERR_FILENO);
}

/* Spaces over it: every terminal understands them. */
void status_line_clear(void)
{
	if (!shown)
		return;
	fprintf(stderr, "\r%*s\r", shown, "");
	fflush(stderr);
	shown = 0;
}

static void how_far(struct arb_buf *out, uint64_t done, uint64_t total)
{
	if (total)
		arb_buf_printf(out, _("%llu of about %llu nodes, %llu%%"), (unsigned long long)done, (unsigned long long)(total < done ? done : total),
			       (unsigned long long)(done >= total ? 100 : done * 100 / total));
	else
		arb_buf_printf(out, P_("%llu node", "%llu nodes", done), (unsigned long long)done);
}

static void text_of(struct arb_buf *out, const struct session_state *st)
{
	if (st->look.what) {
		arb_buf_printf(out, "%s  ", st->look.what);
		how_far(out, st->look.nodes_done, st->look.nodes_total);
		return;
	}
	arb_buf_printf(out, "%s  ", st->progress.pass);
	if (st->progress.pos.phase == GC_PHASE_btree) {
		btree_id_to_text(out, st->progress.pos.btree);
		arb_buf_printf(out, " L%u  ", st->progress.pos.level);
	}
	how_far(out, st->progress.nodes_done, st->progress.nodes_total);
	if (st->eta_s)
		arb_buf_printf(out, _("  ETA ~%llu:%02llu"), (unsigned long long)(st->eta_s / 60), (unsigned long long)(st->eta_s % 60));
}

static int columns(void)
{
	struct winsize w;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col > 1 ? w.ws_col : 80;
}

/* Bytes of @s that take @room columns at most. */
static int fitting(const char *s, int room)
{
	int i = 0;

	for (int seen = 0; s[i]; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80 && seen++ == room)
			break;
	return i;
}

static void draw(const struct session_state *st)
{
	ARB_BUF(text);

	text_of(&text, st);
	status_line_clear();
	shown = columns() - 1;
	fprintf(stderr, "%.*s", fitting(arb_buf_str(&text), shown), arb_buf_str(&text));
	fflush(stderr);
	if ((size_t)shown > text.len)
		shown = (int)text.len;
	drawn_ns = st->now_ns;
}

void status_line_begin(void)
{
	began_ns = 0;
}

void status_line_tick(struct front *f)
{
	struct session_state st;

	if (!status_line_wanted(f))
		return;
	session_state(f->s, &st);
	began_ns = began_ns ? began_ns : st.now_ns;
	if (st.now_ns < began_ns + FIRST_NS || st.now_ns < drawn_ns + EVERY_NS || st.question_waits || st.stopped)
		return;
	if (st.look.what || (st.busy && st.progress.pass))
		draw(&st);
}
