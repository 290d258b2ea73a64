/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: disk_bench [FOLDER [MIB]]
 *
 * What the host needs for a disk's data: 1 MiB commands through the NVMe controller's queues, the AES
 * engine and two modules, from and to a disk directory that is made in FOLDER (default: the present
 * one) and removed. Nothing takes virtual time (functional), no core runs. MIB (default 512) is what
 * is moved; it is in the host's page cache. Compared with how fast libcrypto alone decrypts, as
 * `openssl speed` tells.
 *
 * Prints, a line each: what, megabytes (1000000 bytes) a second of the thread's processor time, the
 * ratio to `openssl speed`.
 */
#define _GNU_SOURCE

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "devices/apple/t2_sep.h"
#include "devices/pci/pci.h"
#include "devices/storage/ans2.h"
#include "devices/storage/ssd_module.h"
#include "emu/disk/disk.h"
#include "emu/disk/disk_tool.h"
#include "tests/lib/nvme_host.h"

#define MIB           (UINT64_C(1) << 20)
#define BLOCK         4096u
#define MIB_BLOCKS    256u
#define DEFAULT_MIB   512
#define DATA          UINT64_C(0x1000000)
#define DEPTH         4u
#define PASSES        3
#define NS_PER_SECOND INT64_C(1000000000)
#define OPENSSL       "openssl speed -mr -seconds 1 -bytes 16384 -evp aes-256-xts 2>/dev/null"

struct bench {
    char path[4096]; /* of the disk directory */
    uint64_t mib;
    struct disk *disk;
    struct rig *sep_rig; /* a function alone has a bus alone */
    struct nvme_host host;
    struct region region;
    uint8_t *ram;   /* DEPTH MiB at DATA */
    double openssl; /* MB/s; 0: not known */
};

static int fail(const struct error *err)
{
    (void)fprintf(stderr, "disk_bench: %s\n", err->text);
    return 3;
}

/* ---- The machine ---- */

static struct device *make_sep(struct bench *bench)
{
    const struct t2_sep_config config = {.record = disk_sep(bench->disk),
                                         .store = disk_sep_store(bench->disk)};
    const struct pci_config alone = {.part = &config};
    struct device *sep;

    bench->sep_rig = rig_create();
    sep = rig_device(bench->sep_rig, &t2_sep_class, "/sep", &alone);
    rig_advance(bench->sep_rig, VTIME_S(1));
    return sep;
}

static int build(struct bench *bench, struct error *err)
{
    static const char *const paths[RAID0_MODULES] = {"/ssd0", "/ssd1"};
    struct ans2_config config = {.blocks = disk_blocks(bench->disk), .is_functional = true};
    const struct pci_config alone = {.part = &config};

    bench->host.rig = rig_create();
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        const struct ssd_module_config module = {.media = disk_media(bench->disk, i),
                                                 .is_functional = true};

        config.module[i] = rig_device(bench->host.rig, &ssd_module_class, paths[i], &module);
    }
    memcpy(config.volume_id, disk_volume_id(bench->disk), sizeof(config.volume_id));
    bench->host.ans2 = rig_device(bench->host.rig, &ans2_class, "/ans2", &alone);
    ans2_attach_sep(bench->host.ans2, make_sep(bench));
    bench->region = (struct region){
        .name = "data", .bytes = DEPTH * MIB, .kind = REGION_RAM, .host = bench->ram};
    if (bus_map(bench->host.rig->memory, &bench->region, DATA, err) != 0) return -1;
    nvme_host_start(&bench->host);
    return 0;
}

static int open_disk(struct bench *bench, struct error *err)
{
    const struct disk_new wanted = {.bytes = bench->mib * MIB};
    const struct disk_options options = {.access = DISK_KEEP, .cache = DISK_CACHE_WRITEBACK};

    if (disk_create(bench->path, &wanted, err) != 0) return -1;
    bench->disk = disk_open(bench->path, &options, err);
    return bench->disk == NULL ? -1 : 0;
}

static void remove_disk(const struct bench *bench)
{
    static const char *const files[] = {"module0.img", "module1.img", "sep.json", "volume.json"};
    char name[sizeof(bench->path) + 16];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(name, sizeof(name), "%s/%s", bench->path, files[i]);
        (void)unlink(name);
    }
    (void)rmdir(bench->path);
}

/* ---- Measuring ---- */

static int64_t thread_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* MB/s of the best second; the last field of its machine-readable line is bytes a second. */
static double openssl_rate(void)
{
    char line[256];
    double rate = 0;
    FILE *pipe = popen(OPENSSL, "r");

    if (pipe == NULL) return 0;
    while (fgets(line, sizeof(line), pipe) != NULL) {
        const char *last = strrchr(line, ':');

        if (strncmp(line, "+F:", 3) == 0 && last != NULL) {
            rate = strtod(last + 1, NULL) / 1e6;
        }
    }
    (void)pclose(pipe);
    return rate;
}

static void begin(struct bench *bench, uint8_t opcode, uint64_t index, uint16_t cid)
{
    const struct nvme_move move = {
        .opcode = opcode,
        .lba = index * MIB_BLOCKS,
        .blocks = MIB_BLOCKS,
        .addr = DATA + cid * MIB,
    };

    nvme_host_move(&bench->host, &move, cid);
}

/* The whole disk once; MB/s, or 0 when a command failed. */
static double pass(struct bench *bench, uint8_t opcode)
{
    const int64_t start = thread_ns();
    uint64_t begun = 0;

    for (; begun < DEPTH; begun++) {
        begin(bench, opcode, begun, (uint16_t)begun);
    }
    for (uint64_t ended = 0; ended < bench->mib; ended++) {
        const struct nvme_done done = nvme_host_wait(&bench->host, 1);

        if (done.status != NVME_OK) {
            (void)fprintf(stderr, "disk_bench: NVMe status 0x%x\n", done.status);
            return 0;
        }
        if (begun < bench->mib) {
            begin(bench, opcode, begun, done.cid);
            begun++;
        }
    }
    return (double)(bench->mib * MIB) * 1e3 / (double)(thread_ns() - start);
}

static int measure(struct bench *bench, const char *what, uint8_t opcode)
{
    double best = 0;

    for (int i = 0; i < PASSES; i++) {
        const double rate = pass(bench, opcode);

        if (rate == 0) return -1;
        best = rate > best ? rate : best;
    }
    (void)printf("%-24s %8.0f MB/s", what, best);
    if (bench->openssl > 0) {
        (void)printf(" %6.2f of openssl speed", best / bench->openssl);
    }
    (void)printf("\n");
    return 0;
}

static int run(struct bench *bench)
{
    bench->openssl = openssl_rate();
    if (bench->openssl > 0) {
        (void)printf("%-24s %8.0f MB/s\n", "openssl speed, 16 KiB", bench->openssl);
    }
    for (uint64_t i = 0; i < DEPTH * MIB; i++) {
        bench->ram[i] = (uint8_t)(i * 7 + i / BLOCK);
    }
    if (measure(bench, "write, 1 MiB commands", NVME_CMD_WRITE) != 0) return 1;
    return measure(bench, "read, 1 MiB commands", NVME_CMD_READ) != 0;
}

int main(int argc, char **argv)
{
    struct bench bench = {.mib = argc > 2 ? strtoull(argv[2], NULL, 10) : DEFAULT_MIB};
    struct error err = ERROR_INIT;
    int status;

    if (argc > 3 || bench.mib < DEPTH * DEPTH || bench.mib > MIB) {
        (void)fprintf(stderr, "usage: disk_bench [FOLDER [MIB]]\n");
        return 2;
    }
    (void)snprintf(bench.path, sizeof(bench.path), "%s/disk_bench.%ld", argc > 1 ? argv[1] : ".",
                   (long)getpid());
    bench.ram = malloc(DEPTH * MIB);
    if (bench.ram == NULL || open_disk(&bench, &err) != 0 || build(&bench, &err) != 0) {
        remove_disk(&bench);
        return fail(&err);
    }
    status = run(&bench);
    bus_unmap(bench.host.rig->memory, &bench.region);
    rig_destroy(bench.host.rig);
    rig_destroy(bench.sep_rig);
    if (disk_close(bench.disk, &err) != 0) {
        status = fail(&err);
    }
    remove_disk(&bench);
    free(bench.ram);
    return status;
}
