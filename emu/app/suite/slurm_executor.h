/* SPDX-License-Identifier: GPL-2.0-only */
/* The executor `slurm` (test_executor.h). */
#pragma once

#include "emu/app/suite/test_executor.h"

int slurm_executor_run(const struct test_request *request, const struct suite_schedule *schedule,
                       int *caught, struct error *err) MUST_CHECK;
