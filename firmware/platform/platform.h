/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot flow asks of a board. */
#pragma once
