/* SPDX-License-Identifier: GPL-2.0-only */
/* The program `spacegray`: see app.h. */
#include "emu/app/app.h"
#include "emu/host/file.h"

int main(int argc, char **argv)
{
    host_hold_standard_files();
    return app_main(argc, argv);
}
