/* SPDX-License-Identifier: GPL-2.0-only */
/* The iMac Pro (iMacPro1,1): everything that only this board has. */
#include "firmware/platform/platform.h"
