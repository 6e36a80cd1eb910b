/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Real images for tests: NAME.img.zst or NAME.0.img.zst ... from the folder ARBORIST_IMAGES (default: shared/images beside
 * the checkout), unpacked into unlinked sparse files.
 */
#ifndef ARBORIST_TESTS_BTREE_REAL_IMAGE_H
#define ARBORIST_TESTS_BTREE_REAL_IMAGE_H

#include "arborist/btree/view.h"

/* The folder, or NULL when it is not there. */
const char *real_images(void);
/* Opens the devices of an image; NULL when there is no such image or it does not open. */
struct devset *real_image_open(const char *name);
/* Calls @fn with the name of every image that has a file NAME@suffix, sorted; returns how many. */
unsigned real_images_each(const char *suffix, void (*fn)(const char *name));

#endif
