/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For --enable-thread-sanitizer alone: tells it of memory that goes from one thread to another by way of liburcu, which it cannot see, as
 * the library is not built with it. In any other build nothing.
 */
#ifndef ARBORIST_BASE_TSAN_H
#define ARBORIST_BASE_TSAN_H

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
void __tsan_acquire(void *p);
void __tsan_release(void *p);
#define tsan_give(p) ((p) ? __tsan_release(p) : (void)0)	/* what was written is for whoever takes it */
#define tsan_take(p) ((p) ? __tsan_acquire(p) : (void)0)
#else
#define tsan_give(p) ((void)(p))
#define tsan_take(p) ((void)(p))
#endif

#endif
