/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: coverage_fuzz_seeds FOLDER
 *
 * Adds to the corpora what fuzzing of coverage files starts from. */
#include <string.h>

#include "tests/fuzz/seed_file.h"

#define HEAD "spacegray-coverage 1\n"

static const char *const seeds[] = {
    HEAD "end\n",
    HEAD "device /pch/uart0 uart16550\n"
         "register uart RBR_THR_DLL 0 1 1 ff 0 120 0 0 ff 7f\n"
         "register uart LCR 3 1 1 ff 0 2 0 0 fc 83\n"
         "field DLAB 7 7 0 3\n"
         "field WLS 1 0 0 8\n"
         "event transmit 11f\n"
         "event receive 0\n"
         "general guest_error 2\n"
         "device machine machine\n"
         "event cpu_interrupt 3\n"
         "code 10058 10099\n"
         "code ffffffff81000000 ffffffff81002fff\n"
         "end\n",
    HEAD "device /a b\n"
         "register x WIDE 10 8 40 ffffffffffffffff ffffffffffffffff 1 0 1 f000000000000000 1\n"
         "field SIX 5 0 ffffffffffffffff 1\n"
         "field LONG 3f 6 0 0\n"
         "device /a b\n"
         "register x WIDE 10 8 1 0 1 0 0 0 0 0\n"
         "code 0 fff\n"
         "code fffffffffffffff0 ffffffffffffffff\n"
         "incomplete\n"
         "end\n",
};

int main(int argc, char **argv)
{
    static const char *const names[] = {"empty", "device", "wide"};

    if (argc != 2) return 2;
    for (unsigned i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        seed_file_write(argv[1], "coverage_fuzz", names[i], seeds[i], strlen(seeds[i]));
    }
    return 0;
}
