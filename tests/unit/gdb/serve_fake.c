/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: serve_fake WHERE ro|rw. GDB's server on the machine of fake.h, for GDB itself. */
#include <stdio.h>
#include <string.h>

#include "emu/app/gdb_socket.h"
#include "tests/unit/gdb/fake.h"

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct fake *fake;
    int result;

    if (argc != 3) return 2;
    fake = fake_create(FAKE_CORES);
    result = gdb_serve(argv[1], fake_debugger(fake), fake_history(fake), fake_machine(fake),
                       strcmp(argv[2], "rw") == 0, &err);
    if (result != 0) (void)fprintf(stderr, "%s\n", err.text);
    fake_destroy(fake);
    return result == 0 ? 0 : 3;
}
