/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be plugged into the four sockets.
 *
 * Chosen: modules of 8 to 64 GB are organised as those of the iMac Pro's time (DDR4-2666 of 8 Gbit
 * chips); smaller ones, which nobody sells, have the 8 GB module's one rank of x8 chips with fewer
 * rows. Part numbers of real modules where one fits, our own otherwise.
 */
#include "devices/memory/dimm.h"

#include <inttypes.h>
#include <string.h>

#include "emu/base/bits.h"

#define MIB              (UINT64_C(1) << 20)
#define GIB              (UINT64_C(1) << 30)
#define SET_BYTES_MIN    (16u * MIB)
#define SET_BYTES_MAX    (DIMM_SOCKETS * DIMM_BYTES_MAX)
#define ROW_BITS_MIN     12u
#define ROW_BITS_MAX     18u
#define COLUMN_BITS      10u
#define CHIP_X4          4u
#define CHIP_X8          8u
#define BYTES_OF_COLUMN  (DIMM_DATA_BITS / 8u)
#define CAPACITIES       "512M, 1G, 2G, 4G, 8G, 16G, 32G and 64G"
#define SERIAL_BASE      UINT32_C(0x53470001) /* "SG", then the socket counted from 1 */
#define ORGANISATION(dm) (dm)->ranks, (dm)->width, (dm)->row_bits, (dm)->column_bits

struct kind {
    uint64_t bytes;
    uint8_t ranks;
    uint8_t width;
    uint8_t row_bits;
    const char *part;    /* with ECC */
    const char *part_64; /* without */
};

/* In ascending order. */
static const struct kind kinds[] = {
    {512 * MIB, 1, CHIP_X8, 12, "SG-512M-1RX8-ECC", "SG-512M-1RX8"},
    {1 * GIB, 1, CHIP_X8, 13, "SG-1G-1RX8-ECC", "SG-1G-1RX8"},
    {2 * GIB, 1, CHIP_X8, 14, "SG-2G-1RX8-ECC", "SG-2G-1RX8"},
    {4 * GIB, 1, CHIP_X8, 15, "SG-4G-1RX8-ECC", "SG-4G-1RX8"},
    {8 * GIB, 1, CHIP_X8, 16, "HMA81GR7AFR8N-VK", "HMA81GU6AFR8N-VK"},
    {16 * GIB, 2, CHIP_X8, 16, "HMA82GR7AFR8N-VK", "HMA82GU6AFR8N-VK"},
    {32 * GIB, 2, CHIP_X4, 17, "HMA84GR7AFR4N-VK", "SG-32G-2RX4"},
    {64 * GIB, 4, CHIP_X4, 17, "HMAA8GL7AMR4N-VK", "SG-64G-4RX4"},
};

/* ---- Making ---- */

const char *dimm_socket_name(unsigned socket)
{
    static const char *const names[DIMM_SOCKETS] = {"A0", "B0", "C0", "D0"};

    return names[socket];
}

int dimm_make(struct dimm *dimm, uint64_t bytes, unsigned socket, bool has_ecc, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct kind *kind = &kinds[i];

        if (kind->bytes != bytes) continue;
        *dimm = (struct dimm){
            .bytes = bytes,
            .ranks = kind->ranks,
            .width = kind->width,
            .row_bits = kind->row_bits,
            .column_bits = COLUMN_BITS,
            .has_ecc = has_ecc,
            .serial = SERIAL_BASE + socket,
        };
        const char *part = has_ecc ? kind->part : kind->part_64;

        memcpy(dimm->part, part, strlen(part));
        return 0;
    }
    if (bytes >= GIB && bytes % GIB == 0) {
        return error_usage(err, "there is no memory module of %" PRIu64 "G, only of %s",
                           bytes / GIB, CAPACITIES);
    }
    return error_usage(err, "there is no memory module of %" PRIu64 " bytes, only of %s", bytes,
                       CAPACITIES);
}

/* The smallest capacity that is at least `bytes`; 0: none. */
static uint64_t capacity_for(uint64_t bytes)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].bytes >= bytes) return kinds[i].bytes;
    }
    return 0;
}

static int fill_sockets(struct dimm_set *set, uint64_t each, unsigned count, bool has_ecc,
                        struct error *err)
{
    for (unsigned i = 0; i < count; i++) {
        if (dimm_make(&set->socket[i], each, i, has_ecc, err) != 0) return -1;
    }
    return 0;
}

int dimm_set_make(struct dimm_set *set, uint64_t bytes, bool has_ecc, struct error *err)
{
    const unsigned count = bytes < DIMM_SOCKETS * DIMM_BYTES_MIN ? 1 : DIMM_SOCKETS;
    uint64_t each;

    *set = (struct dimm_set){0};
    if (bytes < SET_BYTES_MIN || bytes > SET_BYTES_MAX || bytes % MIB != 0) {
        return error_usage(err,
                           "memory of %" PRIu64
                           " bytes is impossible: it must be whole MiB, from 16M to 256G",
                           bytes);
    }
    each = capacity_for((bytes + count - 1) / count);
    set->limit = each * count > bytes ? bytes : 0;
    return fill_sockets(set, each, count, has_ecc, err);
}

/* ---- Checking ---- */

static uint64_t installed(const struct dimm_set *set)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        sum += set->socket[i].bytes;
    }
    return sum;
}

uint64_t dimm_set_bytes(const struct dimm_set *set)
{
    uint64_t sum = installed(set);

    return set->limit != 0 ? min_u64(sum, set->limit) : sum;
}

static int check_organisation(const struct dimm *dimm, unsigned socket, struct error *err)
{
    uint64_t bytes;

    if (dimm->ranks != 1 && dimm->ranks != 2 && dimm->ranks != DIMM_RANKS_MAX) {
        return error_usage(err, "the module in socket %s has %u ranks; 1, 2 or 4 are possible",
                           dimm_socket_name(socket), dimm->ranks);
    }
    if (dimm->width != CHIP_X4 && dimm->width != CHIP_X8) {
        return error_usage(err, "the module in socket %s has chips of %u bits; 4 or 8 are possible",
                           dimm_socket_name(socket), dimm->width);
    }
    if (dimm->row_bits < ROW_BITS_MIN || dimm->row_bits > ROW_BITS_MAX) {
        return error_usage(err, "the module in socket %s has %u row bits; 12 to 18 are possible",
                           dimm_socket_name(socket), dimm->row_bits);
    }
    if (dimm->column_bits != COLUMN_BITS) {
        return error_usage(err, "the module in socket %s has %u column bits; DDR4 has 10",
                           dimm_socket_name(socket), dimm->column_bits);
    }
    bytes = (UINT64_C(1) << (dimm->row_bits + dimm->column_bits)) * dimm->ranks * DIMM_BANK_GROUPS *
            DIMM_BANKS * BYTES_OF_COLUMN;
    if (bytes != dimm->bytes) {
        return error_usage(err,
                           "the module in socket %s cannot hold %" PRIu64
                           " MiB: %uRx%u with %u row and %u column bits makes %" PRIu64 " MiB",
                           dimm_socket_name(socket), dimm->bytes / MIB, ORGANISATION(dimm),
                           bytes / MIB);
    }
    if (bytes < DIMM_BYTES_MIN || bytes > DIMM_BYTES_MAX) {
        return error_usage(
            err, "the module in socket %s holds %" PRIu64 " MiB; 512 MiB to 64 GiB are possible",
            dimm_socket_name(socket), bytes / MIB);
    }
    return 0;
}

static int check_part(const struct dimm *dimm, unsigned socket, struct error *err)
{
    for (unsigned i = 0; i <= DIMM_PART_BYTES; i++) {
        if (dimm->part[i] == '\0') return 0;
        if (dimm->part[i] < ' ' || dimm->part[i] > '~') break;
    }
    return error_usage(err,
                       "the part number of the module in socket %s is not 0 to %u printable "
                       "ASCII characters",
                       dimm_socket_name(socket), DIMM_PART_BYTES);
}

int dimm_set_check(const struct dimm_set *set, struct error *err)
{
    const struct dimm *first = NULL;

    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        const struct dimm *dimm = &set->socket[i];

        if (dimm->bytes == 0) continue;
        if (check_organisation(dimm, i, err) != 0 || check_part(dimm, i, err) != 0) return -1;
        if (first == NULL) first = dimm;
        if (dimm->has_ecc != first->has_ecc) {
            return error_usage(err, "modules with and without ECC cannot be mixed: all of them "
                                    "must have it, or none");
        }
    }
    if (first == NULL) {
        return error_usage(err,
                           "no memory module is installed: at least one of the %u sockets "
                           "needs one",
                           DIMM_SOCKETS);
    }
    if (set->limit % MIB != 0) {
        return error_usage(err, "the memory limit of %" PRIu64 " bytes is not whole MiB",
                           set->limit);
    }
    return 0;
}

static bool is_same_organisation(const struct dimm *a, const struct dimm *b)
{
    return a->bytes == b->bytes && a->ranks == b->ranks && a->width == b->width &&
           a->row_bits == b->row_bits;
}

const char *dimm_set_remark(const struct dimm_set *set)
{
    static const char *const by_count[DIMM_SOCKETS] = {
        "",
        "one module feeds one of the four memory channels: the iMac Pro is sold with four equal "
        "modules, and has a quarter of their bandwidth like this",
        "two modules feed two of the four memory channels: the iMac Pro is sold with four equal "
        "modules, and has half of their bandwidth like this",
        "three modules feed three of the four memory channels: the iMac Pro is sold with four "
        "equal modules, and has at most three quarters of their bandwidth like this",
    };
    const struct dimm *first = NULL;
    unsigned count = 0;
    bool is_equal = true;

    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        const struct dimm *dimm = &set->socket[i];

        if (dimm->bytes == 0) continue;
        count++;
        if (first == NULL) first = dimm;
        is_equal = is_equal && is_same_organisation(first, dimm);
    }
    if (count < DIMM_SOCKETS) return count == 0 ? NULL : by_count[count];
    if (is_equal) return NULL;
    return "the four modules are not equal: the iMac Pro is sold with equal ones, and what a "
           "module has more than the smallest is spread over fewer than four channels, with less "
           "bandwidth";
}
