/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program under a terminal that is made of memory: keys in, what a person would see out. */
#ifndef ARBORIST_TESTS_PTY_H
#define ARBORIST_TESTS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pty;

/* NULL: cannot be had here. @env: "NAME=VALUE" strings added to the environment, NULL ends. */
struct pty *pty_start(const char *const *argv, const char *const *env, int rows, int cols);
void pty_free(struct pty *p);
void pty_keys(struct pty *p, const char *bytes);
/* Takes output in until the screen holds @text; false after @ms milliseconds, or when the program has ended. */
bool pty_wait_for(struct pty *p, const char *text, int ms);
/* The same until the screen holds it no more. */
bool pty_wait_gone(struct pty *p, const char *text, int ms);
/* Takes output in until nothing came for @ms milliseconds on end; false when that does not happen within a minute. */
bool pty_quiet(struct pty *p, int ms);
/* Takes output in for a while. */
void pty_settle(struct pty *p, int ms);
/* The screen as text, rows end in newlines; valid until the next call. */
const char *pty_screen(struct pty *p);
bool pty_shows(struct pty *p, const char *text);
void pty_resize(struct pty *p, int rows, int cols);
/* Is the terminal as it was before: not on the second screen, echo and line mode on? */
bool pty_restored(struct pty *p);
pid_t pty_pid(const struct pty *p);
void pty_hang_up(struct pty *p);	/* the terminal goes away */
/* Waits for the end; exit status, or -signal. -1000: still running after @ms. */
int pty_end(struct pty *p, int ms);
size_t pty_bytes(const struct pty *p);	/* sent to the terminal so far */
/* All of them since pty_raw_reset(), as they came. */
const char *pty_raw(const struct pty *p, size_t *ret_n);
void pty_raw_reset(struct pty *p);
/* Presses and lets go a button of the mouse, as far as the program has asked to be told. Wheel: 4 up, 5 down. */
void pty_click(struct pty *p, int row, int col, int button);
/* The row that shows @text, or -1; @ret_col: where. */
int pty_find(struct pty *p, const char *text, int *ret_col);

#endif
