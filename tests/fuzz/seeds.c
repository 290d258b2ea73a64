/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: fuzz_seeds FOLDER
 *
 * Makes the corpora that fuzzing starts from, one folder per target: crafted images and the boot
 * windows made of them, input scripts, and lives of devices from a small random number generator. Nothing binary
 * has to be kept in the repository. */
#define _GNU_SOURCE

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/machine/image/image.h"
#include "tests/unit/image/craft.h"

#define RANDOM_SEEDS      96u
#define RANDOM_BYTES_MAX  700u
#define MACHINE_SEEDS     24u
#define MACHINE_BYTES_MAX 40u
#define LIFE_SEEDS        8u /* seconds each */

static void write_file(const char *folder, const char *target, unsigned number, const uint8_t *data,
                       size_t bytes)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, target);
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        perror(path);
        exit(1);
    }
    (void)snprintf(path, sizeof(path), "%s/%s/seed-%03u", folder, target, number);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* Flags as image_fuzz.c reads them. */
static void write_images(const char *folder)
{
    static const uint8_t flags[] = {0x00, 0x07, 0x1d, 0x80};

    for (unsigned i = 0; i <= CRAFT_PVH; i++) {
        for (unsigned k = 0; k < sizeof(flags); k++) {
            uint8_t data[1 + CRAFT_BYTES];

            craft_make(data + 1, (enum craft_kind)i);
            data[0] = (uint8_t)((flags[k] & ~1) | (i == CRAFT_BZIMAGE));
            write_file(folder, "image_fuzz", i * 10 + k, data, sizeof(data));
        }
    }
}

static void write_windows(const char *folder)
{
    for (unsigned i = 0; i <= CRAFT_PVH; i++) {
        uint8_t data[CRAFT_BYTES];
        struct boot_window window;
        struct error err = ERROR_INIT;

        craft_make(data, (enum craft_kind)i);
        const struct image_file file = {.name = "f", .data = data, .bytes = sizeof(data)};
        const struct image_request request = {
            .kernel = i == CRAFT_BZIMAGE ? &file : NULL,
            .image = i == CRAFT_BZIMAGE ? NULL : &file,
            .modules = &file,
            .module_count = i == CRAFT_MULTIBOOT || i == CRAFT_PVH ? 1 : 0,
            .initrd = i == CRAFT_BZIMAGE ? &file : NULL,
            .command_line = "console=ttyS0",
            .memory_bytes = UINT64_C(64) << 20,
            .cores = 1,
        };
        if (image_build(&request, &window, &err) != 0) continue;
        write_file(folder, "boot_window_fuzz", i, window.data, window.bytes);
        image_release(&window);
    }
}

/* Each command, each way to say a time, some mistakes. */
static void write_scripts(const char *folder)
{
    static const char *const scripts[] = {
        "at 2s type \"ls -l\\n\"\nafter 500ms key ctrl-alt-f2\n",
        "wait-keyboard\npace 5ms 5ms\ntype \"\\x1b\\e\\b<ctrl-c><f12>\\<\"\n",
        "down shift\nkey a\nup shift # comment\n",
        "move 10 -5\nbutton left down\nbutton left up\nwheel -1\n",
        "point 2560 1440\nclick left\npoint 0.5 0.25\nclick right\n",
        "at 1ms screenshot a.png\nscreenshot \"b c.png\"\npower\nreset\n",
        "at 1s power\nat 0s wait-keyboard\n",
        "key keypad-enter\nkey 0x64\nkey right-alt\ntyp \"a\"\n",
    };

    for (unsigned i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        write_file(folder, "input_script_fuzz", i, (const uint8_t *)scripts[i], strlen(scripts[i]));
    }
}

/* The first letter chooses: see fault_text_fuzz.c ('0', '1', '2' modulo 3). */
static void write_fault_texts(const char *folder)
{
    static const char file[] =
        "2cores: 4\nmemory:\n  ecc: on\n  modules:\n    A0: {size: 16G}\n    C0:\n      size: 16G\n"
        "      ranks: 1\n      width: 4\n      serial: 0xcafe0001\n      part: X\nscrub:\n"
        "  demand: off\n  patrol: 3600s\n";
    static const char *const texts[] = {
        "0dimm=2,rank=0,row=0x12a,col=7,bits=1 at=3s",
        "0kind=stuck,addr=0x12345678,bit=12,bit=64-71,value=0",
        "0kind=chip,dimm=B0,rank=1,chip=17",
        "0kind=address,dimm=D0,line=row5,parity=off,value=0",
        "0kind=column,dimm=0,bg=1,bank=2,col=0x3ff,at=20ms",
        "0kind=dimm,dimm=1 bits=72",
        "1seed=7,rate=0.5,from=1s,to=2s,target=used",
        "1seed=7,rate=1000000,kinds=flip:8/stuck:1/dimm,bits=1:95/2:5,target=0x1000-0x2000",
        file,
        "2memory: {size: 32G}\n",
        "2memory: {modules: {A0: {size: 8G, rows: 17}}}\n",
    };

    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_file(folder, "fault_text_fuzz", i, (const uint8_t *)texts[i], strlen(texts[i]));
    }
}

/* Each command of the control socket, and each way to be refused. */
static void write_control_lines(const char *folder)
{
    static const char *const lines[] = {
        "{\"execute\":\"qmp_capabilities\",\"arguments\":{\"enable\":[]}}\n"
        "{\"execute\":\"query-commands\"}\n{\"execute\":\"query-version\",\"id\":1}\n",
        "{\"execute\":\"stop\"}\n{\"execute\":\"query-status\",\"id\":[\"a\",{}]}\n"
        "{\"execute\":\"cont\"}\n{\"execute\":\"quit\",\"id\":null}\n",
        "{\"execute\":\"system_reset\"}\n \r\n{\"execute\":\"system_powerdown\"}\n",
        "{\"execute\":\"fault-inject\",\"arguments\":{\"spec\":\"dimm=0,row=0x12a,col=7\"}}\n"
        "{\"execute\":\"query-memory\"}\n{\"execute\":\"query-faults\"}\n"
        "{\"execute\":\"fault-repair\",\"arguments\":{\"index\":0}}\n",
        "{\"execute\":\"fault-inject\",\"arguments\":{\"spec\":\"kind=chip,dimm=A0,chip=8\"}}\n"
        "{\"execute\":\"fault-inject\",\"arguments\":{\"spec\":\"addr=0x1000,bit=64-65\"}}\n"
        "{\"execute\":\"fault-repair\",\"arguments\":{\"index\":1}}\n",
        "{\"execute\":\"fault-inject\",\"arguments\":"
        "{\"spec\":\"kind=address,dimm=0,line=row5,parity=off\"}}\n"
        "{\"execute\":\"fault-inject\",\"arguments\":{\"spec\":\"dimm=0 at=3s\"}}\n",
        "[]\n{\"execute\":\"stop\",\"arguments\":{\"\u00e4\":1}}\n{\"id\":1e999}\n"
        "{\"execute\":\"no\",\"id\":-9223372036854775808}\n{\"a\":1,\"a\":2}\n",
    };

    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        write_file(folder, "control_fuzz", i, (const uint8_t *)lines[i], strlen(lines[i]));
    }
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void write_lives(const char *folder, const char *target, unsigned count, unsigned bytes_max)
{
    uint64_t random = 0x5eed;

    for (unsigned i = 0; i < count; i++) {
        uint8_t data[RANDOM_BYTES_MAX];
        unsigned bytes = 1 + (unsigned)(next_random(&random) % bytes_max);

        data[0] = (uint8_t)i;
        for (unsigned k = 1; k < bytes; k++) {
            data[k] = (uint8_t)(next_random(&random) >> 24);
        }
        write_file(folder, target, i, data, bytes);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
        return 2;
    }
    if (mkdir(argv[1], 0777) != 0 && errno != EEXIST) {
        perror(argv[1]);
        return 1;
    }
    write_images(argv[1]);
    write_windows(argv[1]);
    write_fault_texts(argv[1]);
    write_control_lines(argv[1]);
    write_scripts(argv[1]);
    write_lives(argv[1], "device_fuzz", RANDOM_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "pci_fuzz", RANDOM_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "ans2_fuzz", RANDOM_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "dram_fuzz", RANDOM_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "imc_fuzz", RANDOM_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "imc_machine_fuzz", LIFE_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "t2_sep_fuzz", MACHINE_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "vega10_fuzz", RANDOM_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "xhci_fuzz", RANDOM_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "snapshot_fuzz", RANDOM_SEEDS, RANDOM_BYTES_MAX);
    write_lives(argv[1], "machine_fuzz", MACHINE_SEEDS, MACHINE_BYTES_MAX);
    return 0;
}
