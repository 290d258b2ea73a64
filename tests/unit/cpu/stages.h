/* SPDX-License-Identifier: GPL-2.0-only */
/* Where memory appears in test_stages.c, for C and assembly. Only #define lines and comments. */
#pragma once

#define STAGES_CACHE       0x80000 /* cache as RAM */
#define STAGES_CACHE_BYTES 0x40000
#define STAGES_LOW_BYTES   0x40000  /* the first memory, at 0 */
#define STAGES_COPY        0x10000  /* where code is copied to */
#define STAGES_FAR         0xc0000  /* the second memory */
#define STAGES_MORE        0x200000 /* and those behind it */
#define STAGES_FAR_BYTES   0x1000
#define STAGES_FAR_STEP    0x3000
