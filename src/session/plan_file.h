/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of a saved plan: records (io/record.h), a head, the passes that ran, the findings of the plan, its repairs in their
 * order. Private to plan_save.c and plan_load.c.
 */
#ifndef ARBORIST_SRC_SESSION_PLAN_FILE_H
#define ARBORIST_SRC_SESSION_PLAN_FILE_H

#include "arborist/io/record.h"
#include "internal.h"

#define PLAN_FILE_MAGIC		"arborist plan 1\n"
#define PLAN_FILE_TOTAL_MAX	(512ull << 20)
#define PLAN_FILE_MUTATIONS_MAX	(2u << 20)
#define PLAN_FILE_FINDINGS_MAX	(1u << 20)

enum plan_record { PLAN_RECORD_HEAD = 1, PLAN_RECORD_RAN, PLAN_RECORD_FINDING, PLAN_RECORD_REPAIR };

#endif
