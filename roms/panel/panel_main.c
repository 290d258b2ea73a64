/* SPDX-License-Identifier: GPL-2.0-only */
/* panel-edid root|left|right: writes that EDID to standard output, for edid-decode and for people. */
#include <stdio.h>
#include <string.h>

#include "roms/panel/panel.h"

int main(int argc, char **argv)
{
    static const char *const names[PANEL_EDIDS] = {"root", "left", "right"};
    uint8_t edid[PANEL_EDID_BYTES];

    for (int i = 0; argc == 2 && i < PANEL_EDIDS; i++) {
        if (strcmp(argv[1], names[i]) != 0) continue;
        panel_edid_build((enum panel_edid)i, edid);
        return fwrite(edid, 1, sizeof(edid), stdout) == sizeof(edid) && fflush(stdout) == 0 ? 0 : 3;
    }
    (void)fprintf(stderr, "usage: panel-edid root|left|right >FILE\n");
    return 2;
}
