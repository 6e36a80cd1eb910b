/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The queue of messages: wait-free to put, never dropped. Output that nobody takes makes the engine wait (job_output()),
 * so that a slow terminal bounds memory; findings and questions never wait.
 */
#include <config.h>
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "arborist/base/tsan.h"
#include "internal.h"

#define OUTPUT_WAITING_MAX	(4u << 20)
#define EVENTS_GATHERED_MAX	(16u << 10)
#define EVENTS_WAIT_NS		20000000u

struct queued {
	struct cds_wfcq_node node;
	struct session_message m;
};

static struct queued *queued_of(struct session_message *m)
{
	return (struct queued *)((char *)m - offsetof(struct queued, m));
}

enum arb_code messages_init(struct session *s, struct arb_error *err)
{
	cds_wfcq_init(&s->message_head, &s->message_tail);
	s->message_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->message_fd < 0 || s->wake_fd < 0)
		return arb_fail_sys(err, ARB_E_SYSTEM, errno, "cannot make an event descriptor");
	return ARB_OK;
}

void messages_destroy(struct session *s)
{
	struct session_message *m;

	while ((m = session_next(s, 0)))
		session_message_free(m);
	arb_buf_free(&s->events);
	cds_wfcq_destroy(&s->message_head, &s->message_tail);
	if (s->message_fd >= 0)
		close(s->message_fd);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
}

void fd_wake(int fd)
{
	uint64_t one = 1;
	int saved = errno;	/* signal handlers come this way */
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n;
	errno = saved;
}

void fd_drain(int fd)
{
	uint64_t v;
	ssize_t n = read(fd, &v, sizeof(v));

	(void)n;
}

void fd_wait(int fd, uint64_t ns)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec t = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	if (ppoll(&p, 1, ns == UINT64_MAX ? NULL : &t, NULL) > 0)
		fd_drain(fd);
}

struct session_message *message_new(enum session_message_kind kind)
{
	struct queued *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->m.kind = kind;
	return &q->m;
}

static size_t message_weight(const struct session_message *m)
{
	bool counts = m->kind == SESSION_OUTPUT || m->kind == SESSION_EVENT;

	return counts ? sizeof(struct queued) + (m->text ? strlen(m->text) : 0) : 0;
}

static void put(struct session *s, struct session_message *m)
{
	struct queued *q = queued_of(m);

	atomic_fetch_add(&s->message_bytes, message_weight(m));
	tsan_give(q);
	cds_wfcq_node_init(&q->node);
	if (!cds_wfcq_enqueue(&s->message_head, &s->message_tail, &q->node))
		fd_wake(s->message_fd);		/* else it is awake, and takes all there are before it sleeps */
}

void message_put(struct session *s, struct session_message *m)
{
	session_events_flush(s);	/* what was told before comes before it */
	put(s, m);
}

/* Out of memory: the text is lost, the message itself is not. */
void message_text(struct session *s, enum session_message_kind kind, uint64_t id, const char *text)
{
	struct session_message *m = message_new(kind);

	if (!m)
		return;
	m->id = id;
	m->text = strdup(text);
	message_put(s, m);
}

static struct session_message *message_try(struct session *s)
{
	struct cds_wfcq_node *n = cds_wfcq_dequeue_blocking(&s->message_head, &s->message_tail);
	struct queued *q;
	size_t weight, before;

	if (!n)
		return NULL;
	q = (struct queued *)((char *)n - offsetof(struct queued, node));
	tsan_take(q);
	weight = message_weight(&q->m);
	before = atomic_fetch_sub(&s->message_bytes, weight);
	if (before > OUTPUT_WAITING_MAX && before - weight <= OUTPUT_WAITING_MAX)
		fd_wake(s->wake_fd);
	return &q->m;
}

int session_fd(struct session *s)
{
	return s->message_fd;
}

struct session_message *session_next(struct session *s, int wait_ms)
{
	struct pollfd p = { .fd = s->message_fd, .events = POLLIN };
	struct session_message *m = message_try(s);

	while (!m) {
		p.revents = 0;
		fd_drain(s->message_fd);
		m = message_try(s);
		if (m)
			fd_wake(s->message_fd);		/* more may have come to it in between */
		if (m || !wait_ms)
			break;
		if (poll(&p, 1, wait_ms) <= 0 && wait_ms > 0) {
			m = message_try(s);
			break;
		}
		m = message_try(s);
		if (!m && wait_ms < 0 && !(p.revents & POLLIN))
			break;		/* a signal came: the caller wants to look at its flags */
	}
	return m;
}

void session_message_free(struct session_message *m)
{
	if (!m)
		return;
	free(m->text);
	finding_free(m->finding);
	tree_rows_free(m->rows);
	free(queued_of(m));
}

static void wait_for_room(struct session *s)
{
	while (atomic_load(&s->message_bytes) > OUTPUT_WAITING_MAX && !session_cancelled(s))
		fd_wait(s->wake_fd, 100000000);
}

void job_output(struct session *s, struct job *j, const char *text)
{
	if (!*text)
		return;
	wait_for_room(s);
	message_text(s, SESSION_OUTPUT, j ? j->id : 0, text);
}

void session_events_flush(struct session *s)
{
	struct session_message *m;

	if (!s->events.len)
		return;
	m = message_new(SESSION_EVENT);
	if (!m) {
		arb_buf_reset(&s->events);
		return;
	}
	m->text = arb_buf_steal(&s->events);
	put(s, m);
}

/* A message for each would cost more than making it. One alone does not wait for others. */
void session_event(struct session *s, const char *object)
{
	uint64_t now = s->o.clock.mono_ns(s->o.clock.arg);

	if (s->events.len)
		arb_buf_putc(&s->events, '\n');
	arb_buf_puts(&s->events, object);
	if (s->events.len < EVENTS_GATHERED_MAX && now - s->events_ns < EVENTS_WAIT_NS)
		return;
	s->events_ns = now;
	wait_for_room(s);
	session_events_flush(s);
}
