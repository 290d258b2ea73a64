/* SPDX-License-Identifier: GPL-2.0-only */
#include "firmware/arch/x86/exceptions.h"
#include "firmware/arch/x86/halt.h"
#include "firmware/core/log.h"

_Noreturn void fw_main(void);

void fw_main(void)
{
    log_init();
    exceptions_init();
    log_line("Spacegray boot firmware");
    halt_failed();
}
