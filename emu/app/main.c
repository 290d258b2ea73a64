/* SPDX-License-Identifier: GPL-2.0-only */
/* The program `spacegray`: see app.h. */
#include "emu/app/app.h"

int main(int argc, char **argv)
{
    return app_main(argc, argv);
}
