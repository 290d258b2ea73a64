/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: tui_driver [live] [HISTORY-FILE]
 * The text UI on this terminal, over the debugger without a machine. Prints `left` at its end. */
#define _GNU_SOURCE /* nanosleep */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/unit/tui/fake.h"

static void wait_a_moment(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct tui_config config;
    int next = 1;

    fake_reset();
    fake()->has_picture = true;
    fake()->wait = wait_a_moment;
    config = fake_config();
    if (next < argc && strcmp(argv[next], "live") == 0) {
        config.is_live = true;
        next++;
    }
    config.history_file = next < argc ? argv[next] : NULL;
    if (tui_run(&config, &err) != 0) {
        (void)printf("%s\n", err.text);
        return 3;
    }
    (void)printf("left\n");
    return 0;
}
