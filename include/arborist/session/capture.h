/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Capturing the metadata of a filesystem: superblocks, journal, btree nodes (those in the trees and whatever else looks like one, for the
 * device scan), as they are on the devices. One qcow2 image for each device, compressed with zstd, that opens as the device does.
 * Engine side: only from inside a job.
 */
#ifndef ARBORIST_SESSION_CAPTURE_H
#define ARBORIST_SESSION_CAPTURE_H

#include "arborist/btree/view.h"

struct capture_options {
	bool		names;		/* keep names, attributes and data that lies in keys; else letters stand there, of the same length */
	uint64_t	salt;		/* from which the letters are made */
	enum arb_code	(*step)(void *arg, uint64_t done, uint64_t total);	/* may be NULL; other than ARB_OK ends it */
	void		*arg;
};
struct capture_result {
	unsigned	files;
	uint64_t	nodes, bytes;	/* captured; bytes of device */
};
/*
 * @path must not exist; with several devices it is followed by "." and the member number. @v is the view without a plan. What was written
 * is removed again when it fails.
 */
enum arb_code capture(struct view *v, const char *path, const struct capture_options *o, struct capture_result *ret, struct arb_error *err);

#endif
