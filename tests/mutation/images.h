/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The devices of one filesystem as files, what they held at first, and what they hold now. */
#ifndef ARBORIST_TESTS_MUTATION_IMAGES_H
#define ARBORIST_TESTS_MUTATION_IMAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define IMAGES_MAX 8

struct images {
	const char	*path[IMAGES_MAX];
	int		fd[IMAGES_MAX];
	uint8_t		*first[IMAGES_MAX];
	off_t		bytes[IMAGES_MAX];
	unsigned	nr;
};

void die(const char *what) __attribute__((noreturn));		/* the test itself cannot go on */
void images_open(struct images *i, char **paths, unsigned nr);
void images_close(struct images *i);
void images_restore(struct images *i);				/* as they were at first */
uint64_t images_sum(const struct images *i);			/* of all contents */
void images_keep(const struct images *i, const char *folder, uint64_t round);

struct images_times { struct stat st[IMAGES_MAX]; };
struct images_times images_times(const struct images *i);
bool images_written_since(const struct images *i, const struct images_times *t);

#endif
