/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: debian_history KERNEL INITRD [PLACES [CORES [MILLISECONDS]]]
 *
 * Records the boot of Debian's kernel, with something typed. Then goes to so many places at random: times,
 * events, single instructions; and compares each with the same instant of a run straight from power-on.
 * Exit status 0 when all are the same. Tells what recording and going there cost.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/core/inbox.h"
#include "emu/debug/replay/history.h"
#include "emu/machine/image/image.h"
#include "roms/roms.h"

#define MEMORY_BYTES (UINT64_C(256) << 20)
#define FILE_MAX     ((size_t)64 << 20)
#define SLICE        VTIME_MS(10)
#define PLACES       1000u
#define RUN_MS       8000u

static const char typed[] = "cat /proc/interrupts; ls -l /\n";

struct place {
    struct machine_instant at;
    uint64_t seq;
    uint64_t hash;
};

struct subject {
    struct boot_window window;
    unsigned cores;
    vtime until;
    size_t place_count;
    struct place *places;
    struct machine *machine; /* for sorting, too */
    struct history *history;
};

static _Noreturn void give_up(const struct error *err)
{
    (void)fprintf(stderr, "%s\n", err->text);
    exit(3);
}

static uint64_t host_ns(void *ctx)
{
    struct timespec now;

    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double seconds_since(uint64_t ns)
{
    return (double)(host_ns(NULL) - ns) / 1e9;
}

static struct image_file read_file(const char *name)
{
    struct image_file file = {.name = name};
    FILE *stream = fopen(name, "rb");
    uint8_t *data = malloc(FILE_MAX);

    if (stream == NULL || data == NULL) {
        perror(name);
        exit(3);
    }
    file.bytes = fread(data, 1, FILE_MAX, stream);
    file.data = data;
    (void)fclose(stream);
    return file;
}

static void create(struct subject *subject)
{
    const struct machine_config config = {
        .memory_bytes = MEMORY_BYTES,
        .cores = subject->cores,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
        .boot_window = subject->window.data,
        .boot_window_bytes = subject->window.bytes,
    };
    struct error err = ERROR_INIT;

    subject->machine = machine_create(&config, &err);
    if (subject->machine == NULL) give_up(&err);
}

static void open_history(struct subject *subject, struct recording *recording, bool is_live)
{
    const struct history_config config = {.machine = subject->machine,
                                          .recording = recording,
                                          .is_live = is_live,
                                          .host_ns = host_ns};
    struct error err = ERROR_INIT;

    subject->history = history_create(&config, &err);
    if (subject->history == NULL) give_up(&err);
}

static void destroy(struct subject *subject)
{
    history_destroy(subject->history);
    subject->history = NULL;
    machine_destroy(subject->machine);
}

/* ---- The run ---- */

static void post(struct subject *subject, const char *text)
{
    struct inbox_message message = {.kind = INBOX_SERIAL};

    message.bytes = (uint8_t)min_u64(strlen(text), sizeof(message.payload));
    memcpy(message.payload, text, message.bytes);
    (void)inbox_post(machine_inbox(subject->machine), &message);
}

/* In slices, as the program runs it. */
static double run(struct subject *subject)
{
    const uint64_t begin = host_ns(NULL);
    bool has_typed = false;

    for (vtime until = SLICE; until <= subject->until; until += SLICE) {
        (void)machine_run(subject->machine, until);
        if (!has_typed && until >= subject->until / 8 * 7) {
            post(subject, typed);
            has_typed = true;
        }
    }
    return seconds_since(begin);
}

static struct recording *record(struct subject *subject)
{
    struct recording_head head = {.setup = "{}"};
    struct recording *recording;
    struct history_stats stats;
    struct error err = ERROR_INIT;
    double plain;
    double recorded;

    create(subject);
    plain = run(subject);
    machine_destroy(subject->machine);
    create(subject);
    machine_get_name(subject->machine, head.machine);
    recording = recording_create(NULL, &head, &err);
    if (recording == NULL) give_up(&err);
    open_history(subject, recording, true);
    recorded = run(subject);
    history_get_stats(subject->history, &stats);
    history_set_end(subject->history, MACHINE_TIME_LIMIT);
    if (history_flush(subject->history, &err) != 0) give_up(&err);
    (void)printf("run: %.2f s; recorded: %.2f s (%+.0f %%); %zu checkpoints, %" PRIu64 " KiB\n",
                 plain, recorded, (recorded / plain - 1) * 100, stats.checkpoints,
                 stats.checkpoint_bytes >> 10);
    return recording;
}

/* ---- The places ---- */

static uint64_t random_number(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 16;
}

static uint64_t hash_here(struct machine *machine, unsigned cores, bool is_inside)
{
    uint64_t hash = hash_u64(HASH_SEED, machine_trace_hash(machine));
    struct cpu_regs regs;

    for (unsigned i = 0; i < cores; i++) {
        memset(&regs, 0, sizeof(regs));
        cpu_get_regs(machine_cpu(machine, i), &regs);
        hash = hash_bytes(hash, &regs, sizeof(regs));
    }
    return is_inside ? hash : hash_u64(hash, machine_state_hash(machine));
}

static void keep(struct subject *subject, struct place *place)
{
    struct history_place here;

    history_here(subject->history, &here);
    *place = (struct place){.at = here.at, .seq = here.seq};
    place->hash = hash_here(subject->machine, subject->cores, here.at.looked > 0);
}

static void check(enum history_stop stop, const struct error *err)
{
    if (stop == HISTORY_THERE || stop == HISTORY_END || stop == HISTORY_BEGIN) return;
    (void)fprintf(stderr, "stop %d: %s\n", (int)stop, err->text);
    exit(1);
}

static void go_somewhere(struct subject *subject, uint64_t *seed)
{
    struct history *history = subject->history;
    const struct trace_items events = history_events(history);
    struct error err = ERROR_INIT;
    uint64_t first;
    uint64_t last;

    events.range(events.ctx, &first, &last);
    switch (random_number(seed) % 4) {
    case 0:
        check(history_goto_event(history, first + random_number(seed) % (last - first), &err),
              &err);
        break;
    case 1:
        check(history_goto_time(history, random_number(seed) % subject->until, &err), &err);
        for (uint64_t i = random_number(seed) % 8; i > 0; i--) {
            check(history_step_forward(history, HISTORY_INSN, &err), &err);
        }
        break;
    case 2:
        check(history_goto_time(history, random_number(seed) % subject->until, &err), &err);
        check(history_step_back(history, HISTORY_INSN, &err), &err);
        break;
    default:
        check(history_goto_time(history, random_number(seed) % subject->until, &err), &err);
        break;
    }
}

static void visit(struct subject *subject, struct recording *recording)
{
    struct history_stats stats;
    uint64_t seed = 1;
    double seconds = 0;

    create(subject);
    open_history(subject, recording, false);
    for (size_t i = 0; i < subject->place_count; i++) {
        const uint64_t begin = host_ns(NULL);

        go_somewhere(subject, &seed);
        seconds += seconds_since(begin);
        keep(subject, &subject->places[i]);
    }
    history_get_stats(subject->history, &stats);
    (void)printf("%zu places, %.0f ms each; %zu checkpoints, %" PRIu64 " KiB; %" PRIu64
                 " restores; checked: %" PRIu64 " events, %" PRIu64 " beats\n",
                 subject->place_count, seconds / (double)subject->place_count * 1e3,
                 stats.checkpoints, stats.checkpoint_bytes >> 10, stats.restores,
                 stats.checked_events, stats.checked_beats);
    destroy(subject);
}

static void sort(struct subject *subject)
{
    for (size_t i = 1; i < subject->place_count; i++) {
        const struct place place = subject->places[i];
        size_t at = i;

        for (; at > 0 && machine_instant_compare(subject->machine, &subject->places[at - 1].at,
                                                 &place.at) > 0;
             at--) {
            subject->places[at] = subject->places[at - 1];
        }
        subject->places[at] = place;
    }
}

/* Only forwards, never restored. */
static size_t compare(struct subject *subject, struct recording *recording)
{
    struct history_stats stats;
    struct error err = ERROR_INIT;
    size_t differences = 0;

    create(subject);
    open_history(subject, recording, false);
    sort(subject);
    for (size_t i = 0; i < subject->place_count; i++) {
        const struct place *place = &subject->places[i];
        struct place now;

        check(history_goto(subject->history, &place->at, &err), &err);
        keep(subject, &now);
        if (now.hash == place->hash && now.seq == place->seq) continue;
        differences++;
        (void)printf("%" PRIu64 " ps, core %u, tick %" PRIu64 "+%u: event %" PRIu64
                     " and hash %016" PRIx64 ", straight %" PRIu64 " and %016" PRIx64 "\n",
                     place->at.edge, place->at.core, place->at.ticks, place->at.looked, place->seq,
                     place->hash, now.seq, now.hash);
    }
    history_get_stats(subject->history, &stats);
    if (stats.restores > 0) {
        (void)printf("the straight run was not straight\n");
        differences++;
    }
    destroy(subject);
    return differences;
}

static unsigned argument(int argc, char **argv, int index, unsigned otherwise)
{
    return argc > index ? (unsigned)strtoul(argv[index], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    struct subject subject = {.cores = argument(argc, argv, 4, 1),
                              .until = VTIME_MS(argument(argc, argv, 5, RUN_MS)),
                              .place_count = argument(argc, argv, 3, PLACES)};
    struct image_request request = {
        .command_line = "console=ttyS0", .memory_bytes = MEMORY_BYTES, .cores = subject.cores};
    struct recording *recording;
    struct image_file kernel;
    struct image_file initrd;
    struct error err = ERROR_INIT;
    size_t differences;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    subject.places = calloc(subject.place_count + 1, sizeof(*subject.places));
    if (argc < 3 || argc > 6 || subject.places == NULL || subject.cores == 0) {
        (void)fprintf(stderr, "usage: %s KERNEL INITRD [PLACES [CORES [MILLISECONDS]]]\n", argv[0]);
        return 2;
    }
    kernel = read_file(argv[1]);
    initrd = read_file(argv[2]);
    request.kernel = &kernel;
    request.initrd = &initrd;
    if (image_build(&request, &subject.window, &err) != 0) give_up(&err);
    recording = record(&subject);
    destroy(&subject);
    visit(&subject, recording);
    differences = compare(&subject, recording);
    (void)printf("%zu of %zu places differ\n", differences, subject.place_count);
    (void)recording_close(recording, &err);
    image_release(&subject.window);
    free(subject.places);
    free((void *)(uintptr_t)kernel.data);
    free((void *)(uintptr_t)initrd.data);
    return differences == 0 ? 0 : 1;
}
