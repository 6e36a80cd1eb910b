/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small writer of JSON objects, one per line. Strings are escaped; bytes that are not UTF-8 pass text_gate. */
#ifndef ARBORIST_BASE_JSON_H
#define ARBORIST_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include "arborist/base/buf.h"

struct json {
	struct arb_buf	out;
	uint64_t	first;		/* one bit per depth: nothing written there yet */
	unsigned	depth;
};

void json_begin(struct json *j);			/* "{" */
void json_end(struct json *j);				/* "}" */
void json_array(struct json *j, const char *name);	/* "name":[ */
void json_array_end(struct json *j);
void json_object(struct json *j, const char *name);	/* "name":{, or { inside an array when name is NULL */
void json_object_end(struct json *j);
void json_str(struct json *j, const char *name, const char *value);
void json_u64(struct json *j, const char *name, uint64_t value);
void json_s64(struct json *j, const char *name, int64_t value);
void json_f3(struct json *j, const char *name, double value);	/* three decimals */
void json_bool(struct json *j, const char *name, bool value);
void json_free(struct json *j);

#endif
