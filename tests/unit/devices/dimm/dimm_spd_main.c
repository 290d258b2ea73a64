/* SPDX-License-Identifier: GPL-2.0-only */
/* dimm-spd MIB ecc|plain: the module's SPD as a hex dump that decode-dimms reads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/memory/dimm.h"

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct dimm dimm;
    uint8_t spd[DIMM_SPD_BYTES];

    if (argc != 3) return 2;
    if (dimm_make(&dimm, strtoull(argv[1], NULL, 10) << 20, 0, strcmp(argv[2], "ecc") == 0, &err) !=
        0) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    dimm_spd(&dimm, spd);
    for (unsigned i = 0; i < DIMM_SPD_BYTES; i++) {
        if (i % 16 == 0) printf("%04x", i);
        printf(" %02x%s", spd[i], i % 16 == 15 ? "\n" : "");
    }
    return 0;
}
