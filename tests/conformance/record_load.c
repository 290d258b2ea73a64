/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs in test guests (tests/conformance/power-cut, kill): writes to a file system things that can be
 * told apart and checked one by one, and notes when each was safe, which is when fsync() or its like
 * had returned. What it says about a thing must still hold after a power cut at any later time.
 *
 *     record_load write FOLDER SEED COUNT   COUNT operations; then one line for each
 *     record_load say FOLDER SEED COUNT     the same, each line at once
 *     record_load check FOLDER              counts what is there; status 1 when something is broken
 *
 * A line: `op KIND INDEX NUMBER BEGUN SAFE`, times in ticks of the TSC, which is virtual time.
 *
 *     r  record NUMBER was appended to FOLDER/records; INDEX is the same number
 *     s  blocks of FOLDER/slots from INDEX * SLOT_BLOCKS on were overwritten with generation NUMBER
 *     f  FOLDER/state was replaced by rename() with one that says NUMBER
 *
 * Every third operation writes, shortens or removes a file that nobody waits for, so that much is
 * always on its way. Numbers begin after those that are there already.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <x86intrin.h>

#define RECORD_BYTES 1000u
#define BLOCK_BYTES  4096u
#define SLOTS        64u
#define SLOT_BLOCKS  4u
#define NOISE_FILES  16u
#define NOISE_BYTES  (256u << 10)
#define PATH_BYTES   256u
#define MAGIC        0x44524753u /* SGRD */

/* The beginning of each piece, little-endian; filler follows. The sum is that of all after it. */
struct head {
    uint32_t magic;
    uint32_t sum; /* CRC-32 of ISO 3309 */
    uint32_t index;
    uint32_t number;
};

struct note {
    char kind;
    uint32_t index;
    uint32_t number;
    uint64_t begun;
    uint64_t safe;
};

struct load {
    const char *folder;
    int directory;
    int records;
    int slots;
    bool says;
    uint64_t random;
    uint32_t crc[256];
    uint32_t next_record;
    uint32_t next_number; /* of slots and of the state */
    uint8_t noise[NOISE_BYTES];
};

static void need(bool good, const char *what)
{
    if (good) {
        return;
    }
    perror(what);
    exit(2);
}

static uint32_t draw(struct load *load)
{
    load->random ^= load->random << 13;
    load->random ^= load->random >> 7;
    load->random ^= load->random << 17;
    return (uint32_t)(load->random >> 16);
}

static void make_table(uint32_t *crc)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;

        for (unsigned bit = 0; bit < 8; bit++) {
            value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320u : 0);
        }
        crc[i] = value;
    }
}

static uint32_t sum_of(const struct load *load, const uint8_t *data, size_t bytes)
{
    uint32_t value = UINT32_MAX;

    for (size_t i = 0; i < bytes; i++) {
        value = load->crc[(value ^ data[i]) & 0xff] ^ (value >> 8);
    }
    return ~value;
}

static void fill(const struct load *load, uint8_t *piece, size_t bytes, uint32_t index,
                 uint32_t number)
{
    struct head head = {.magic = MAGIC, .index = index, .number = number};
    uint32_t value = index * 2654435761u + number;

    for (size_t i = sizeof head; i < bytes; i++) {
        value = value * 1664525u + 1013904223u;
        piece[i] = (uint8_t)(value >> 24);
    }
    memcpy(piece, &head, sizeof head);
    head.sum = sum_of(load, piece + 8, bytes - 8);
    memcpy(piece, &head, sizeof head);
}

static bool is_whole(const struct load *load, const uint8_t *piece, size_t bytes, struct head *head)
{
    memcpy(head, piece, sizeof *head);
    return head->magic == MAGIC && head->sum == sum_of(load, piece + 8, bytes - 8);
}

static void path_of(const struct load *load, const char *name, char *path)
{
    const int length = snprintf(path, PATH_BYTES, "%s/%s", load->folder, name);

    need(length > 0 && length < (int)PATH_BYTES, "path");
}

static void write_all(int file, const uint8_t *data, size_t bytes)
{
    need(write(file, data, bytes) == (ssize_t)bytes, "write");
}

static void append_record(struct load *load, struct note *note)
{
    uint8_t piece[RECORD_BYTES];

    note->kind = 'r';
    note->index = load->next_record;
    note->number = load->next_record++;
    fill(load, piece, sizeof piece, note->index, note->number);
    write_all(load->records, piece, sizeof piece);
    need(fsync(load->records) == 0, "fsync");
}

static void overwrite_slot(struct load *load, struct note *note)
{
    uint8_t piece[SLOT_BLOCKS * BLOCK_BYTES];
    const uint32_t slot = draw(load) % SLOTS;

    note->kind = 's';
    note->index = slot;
    note->number = load->next_number++;
    for (uint32_t i = 0; i < SLOT_BLOCKS; i++) {
        fill(load, piece + (size_t)i * BLOCK_BYTES, BLOCK_BYTES, slot * SLOT_BLOCKS + i,
             note->number);
    }
    need(pwrite(load->slots, piece, sizeof piece, (off_t)(slot * sizeof piece)) ==
             (ssize_t)sizeof piece,
         "pwrite");
    need(fdatasync(load->slots) == 0, "fdatasync");
}

static void replace_state(struct load *load, struct note *note)
{
    uint8_t piece[RECORD_BYTES];
    char old[PATH_BYTES], new[PATH_BYTES];
    int file;

    note->kind = 'f';
    note->index = 0;
    note->number = load->next_number++;
    fill(load, piece, sizeof piece, 0, note->number);
    path_of(load, "state", old);
    path_of(load, "state.new", new);
    file = open(new, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    need(file >= 0, "open");
    write_all(file, piece, sizeof piece);
    need(fsync(file) == 0, "fsync");
    close(file);
    need(rename(new, old) == 0, "rename");
    need(fsync(load->directory) == 0, "fsync");
}

/* Files that nobody waits for: written, shortened, removed. */
static void make_noise(struct load *load)
{
    char name[32], path[PATH_BYTES];
    const uint32_t bytes = 1 + draw(load) % NOISE_BYTES;
    int file;

    snprintf(name, sizeof name, "noise%u", draw(load) % NOISE_FILES);
    path_of(load, name, path);
    if (draw(load) % 4 == 0) {
        unlink(path);
        return;
    }
    file = open(path, O_WRONLY | O_CREAT, 0600);
    need(file >= 0, "open");
    if (draw(load) % 4 == 0) {
        need(ftruncate(file, bytes / 2) == 0, "ftruncate");
    }
    write_all(file, load->noise, bytes);
    if (draw(load) % 2 == 0) {
        need(sync_file_range(file, 0, bytes, SYNC_FILE_RANGE_WRITE) == 0, "sync_file_range");
    }
    close(file);
}

static void tell(const struct note *note)
{
    printf("op %c %u %u %llu %llu\n", note->kind, note->index, note->number,
           (unsigned long long)note->begun, (unsigned long long)note->safe);
    fflush(stdout);
}

static void operate(struct load *load, struct note *note)
{
    const uint32_t choice = draw(load) % 8;

    if (draw(load) % 3 == 0) {
        make_noise(load);
    }
    note->begun = __rdtsc();
    if (choice < 4) {
        append_record(load, note);
    } else if (choice < 7) {
        overwrite_slot(load, note);
    } else {
        replace_state(load, note);
    }
    note->safe = __rdtsc();
}

/* Counts whole pieces of a file and finds the highest number among them; broken ones count in
 * `broken`. A piece of zeros was never written. */
static uint32_t survey(struct load *load, int file, size_t bytes, uint32_t *highest,
                       uint32_t *broken)
{
    uint8_t piece[BLOCK_BYTES];
    struct head head;
    uint32_t whole = 0;

    for (off_t at = 0; pread(file, piece, bytes, at) == (ssize_t)bytes; at += (off_t)bytes) {
        if (is_whole(load, piece, bytes, &head)) {
            whole++;
            *highest = head.number > *highest ? head.number : *highest;
        } else {
            memcpy(&head, piece, sizeof head);
            *broken += head.magic != 0 || bytes == RECORD_BYTES;
        }
    }
    return whole;
}

static int check(struct load *load)
{
    uint32_t number = 0, record = 0, broken = 0;
    const uint32_t records = survey(load, load->records, RECORD_BYTES, &record, &broken);
    const uint32_t blocks = survey(load, load->slots, BLOCK_BYTES, &number, &broken);
    char path[PATH_BYTES];
    int state;

    path_of(load, "state", path);
    state = open(path, O_RDONLY);
    if (state >= 0) {
        survey(load, state, RECORD_BYTES, &number, &broken);
    }
    printf("there: %u records, %u blocks, highest %u, broken %u\n", records, blocks, number,
           broken);
    load->next_record = records;
    load->next_number = number + 1;
    return broken != 0;
}

static void open_files(struct load *load)
{
    char path[PATH_BYTES];

    load->directory = open(load->folder, O_RDONLY | O_DIRECTORY);
    path_of(load, "records", path);
    load->records = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
    path_of(load, "slots", path);
    load->slots = open(path, O_RDWR | O_CREAT, 0600);
    need(load->directory >= 0 && load->records >= 0 && load->slots >= 0, load->folder);
}

static int work(struct load *load, uint32_t count)
{
    struct note *notes = calloc(count, sizeof *notes);
    struct stat size;

    need(notes != NULL && fstat(load->records, &size) == 0, "memory");
    /* What a cut left of a record was never safe. */
    need(ftruncate(load->records, size.st_size - size.st_size % RECORD_BYTES) == 0, "ftruncate");
    for (uint32_t i = 0; i < count; i++) {
        operate(load, &notes[i]);
        if (load->says) {
            tell(&notes[i]);
        }
    }
    for (uint32_t i = 0; i < count && !load->says; i++) {
        tell(&notes[i]);
    }
    free(notes);
    return 0;
}

int main(int argc, char **argv)
{
    struct load *load = calloc(1, sizeof *load);
    int status;

    if (load == NULL || argc < 3 || (strcmp(argv[1], "check") != 0 && argc != 5)) {
        fprintf(stderr, "usage: record_load write|say|check FOLDER [SEED COUNT]\n");
        free(load);
        return 2;
    }
    load->folder = argv[2];
    load->says = strcmp(argv[1], "say") == 0;
    make_table(load->crc);
    open_files(load);
    status = check(load);
    if (argc == 5) {
        load->random = strtoull(argv[3], NULL, 0) * 0x9e3779b97f4a7c15u + 1;
        memset(load->noise, 0xa5, sizeof load->noise);
        status = work(load, (uint32_t)strtoul(argv[4], NULL, 0));
    }
    free(load);
    return status;
}
