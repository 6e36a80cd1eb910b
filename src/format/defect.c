/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>

#include "arborist/format/defect.h"
#include "arborist/format/geometry.h"

struct defect *defects_add(struct defects *d, unsigned err, enum defect_severity s, const char *fmt, ...)
{
	struct arb_buf text = ARB_BUF_INIT;
	struct defect *new = NULL;
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (!text.oom && d->list.nr < DEFECTS_MAX)
		new = arb_array_push(&d->list);
	if (!new) {
		arb_buf_free(&text);
		d->dropped++;
		return NULL;
	}
	new->err = err;
	new->severity = s;
	new->dev = DEV_NONE;
	new->text = arb_buf_steal(&text);
	return new;
}

bool defects_have(const struct defects *d, unsigned err)
{
	for (size_t i = 0; i < d->list.nr; i++)
		if (d->list.v[i].err == err)
			return true;
	return false;
}

enum defect_severity defects_worst(const struct defects *d)
{
	enum defect_severity worst = DEFECT_NOTE;

	for (size_t i = 0; i < d->list.nr; i++)
		if (d->list.v[i].severity > worst)
			worst = d->list.v[i].severity;
	return worst;
}

void defects_free(struct defects *d)
{
	for (size_t i = 0; i < d->list.nr; i++)
		free(d->list.v[i].text);
	arb_array_free(&d->list);
	d->dropped = 0;
}
