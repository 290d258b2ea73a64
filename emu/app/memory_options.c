/* SPDX-License-Identifier: GPL-2.0-only */
/* From options and a machine file to the memory of a machine: see memory_options.h. */
#include "emu/app/memory_options.h"

#include <stdio.h>
#include <string.h>

#include "emu/app/machine_file.h"
#include "emu/app/parse.h"
#include "emu/app/socket_name.h"
#include "emu/base/bits.h"

#define WORD_BYTES 64u

/* ---- Values ---- */

static int read_dimm(char *word, bool has_ecc, struct dimm_set *set, struct error *err)
{
    struct error trouble = ERROR_INIT;
    char *equals = strchr(word, '=');
    unsigned socket;
    uint64_t bytes;

    if (equals == NULL) {
        return error_usage(err, "--dimms: '%s' is not SOCKET=SIZE, as in A0=8G", word);
    }
    *equals = '\0';
    socket = socket_name_find(word);
    if (socket == DIMM_SOCKETS) {
        return error_usage(err, "--dimms: '%s' is no socket: there are A0, B0, C0 and D0", word);
    }
    if (set->socket[socket].bytes != 0) {
        return error_usage(err, "--dimms: two modules cannot both be in socket %s", word);
    }
    if (parse_size("dimms", equals + 1, &bytes, err) != 0) return -1;
    if (dimm_make(&set->socket[socket], bytes, socket, has_ecc, &trouble) == 0) return 0;
    return error_usage(err, "--dimms: %s", trouble.text);
}

int memory_options_read_dimms(const char *text, bool has_ecc, struct dimm_set *set,
                              struct error *err)
{
    struct error trouble = ERROR_INIT;

    *set = (struct dimm_set){.limit = 0};
    for (;;) {
        const size_t bytes = strcspn(text, ",");
        char word[WORD_BYTES];

        (void)snprintf(word, sizeof(word), "%.*s", (int)min_u64(bytes, sizeof(word)), text);
        if (read_dimm(word, has_ecc, set, err) != 0) return -1;
        text += bytes;
        if (*text == '\0') break;
        text++;
    }
    if (dimm_set_check(set, &trouble) == 0) return 0;
    return error_usage(err, "--dimms: %s", trouble.text);
}

int memory_options_dimms(struct memory_options *options, const char *value, struct error *err)
{
    struct dimm_set set;

    options->dimms = value;
    return memory_options_read_dimms(value, true, &set, err);
}

int memory_options_ecc(struct memory_options *options, const char *value, struct error *err)
{
    options->has_ecc = true;
    options->ecc = strcmp(value, "on") == 0;
    if (options->ecc || strcmp(value, "off") == 0) return 0;
    return error_usage(err, "--ecc: '%s' is neither on nor off", value);
}

int memory_options_scrub(struct memory_options *options, const char *value, struct error *err)
{
    const bool is_all = strcmp(value, "all") == 0;

    options->has_scrub = true;
    options->has_demand_scrub = is_all || strcmp(value, "demand") == 0;
    options->has_patrol_scrub = is_all || strcmp(value, "patrol") == 0;
    if (options->has_demand_scrub || options->has_patrol_scrub || strcmp(value, "off") == 0) {
        return 0;
    }
    return error_usage(err, "--scrub: '%s' is none of demand, patrol, all and off", value);
}

int memory_options_patrol(struct memory_options *options, const char *value, struct error *err)
{
    if (parse_time("patrol-period", value, &options->patrol_period, err) != 0) return -1;
    if (options->patrol_period >= MACHINE_PATROL_MIN &&
        options->patrol_period <= MACHINE_PATROL_MAX)
        return 0;
    return error_usage(
        err, "--patrol-period: %s is not possible: one walk takes 1s to 2592000s (30 days)", value);
}

/* ---- All together ---- */

static int check_flat(const struct memory_options *options, const struct machine_file *file,
                      struct error *err)
{
    const char *other = NULL;

    if (options->dimms != NULL) other = "--dimms";
    if (options->has_ecc) other = "--ecc";
    if (options->has_scrub) other = "--scrub";
    if (options->patrol_period != 0) other = "--patrol-period";
    if (!options->is_flat) return 0;
    if (other != NULL) {
        return error_usage(err, "--flat-memory is memory without modules: leave %s out", other);
    }
    if (!file->has_dimms) return 0;
    return error_usage(err, "--flat-memory is memory without modules, and %s names some",
                       options->machine_file);
}

static int choose_dimms(const struct memory_options *options, const struct machine_file *file,
                        uint64_t default_bytes, struct memory_setup *setup, struct error *err)
{
    const bool has_ecc = !options->has_ecc || options->ecc;

    if (options->dimms != NULL) {
        return memory_options_read_dimms(options->dimms, has_ecc, &setup->dimms, err);
    }
    if (options->bytes != 0 || !file->has_dimms) {
        return dimm_set_make(&setup->dimms, options->bytes != 0 ? options->bytes : default_bytes,
                             has_ecc, err);
    }
    setup->dimms = file->dimms;
    for (unsigned i = 0; options->has_ecc && i < DIMM_SOCKETS; i++) {
        setup->dimms.socket[i].has_ecc = options->ecc && setup->dimms.socket[i].bytes != 0;
    }
    return 0;
}

static int choose_scrub(const struct memory_options *options, const struct machine_file *file,
                        struct memory_setup *setup, struct error *err)
{
    setup->scrub = file->scrub;
    if (options->has_scrub) {
        setup->scrub.is_demand_off = !options->has_demand_scrub;
        setup->scrub.is_patrol_off = !options->has_patrol_scrub;
    }
    if (options->patrol_period == 0) return 0;
    setup->scrub.patrol_period = options->patrol_period;
    if (!setup->scrub.is_patrol_off) return 0;
    return error_usage(err, "--patrol-period has no meaning without the patrol scrubber: use "
                            "--scrub patrol or all");
}

int memory_options_resolve(const struct memory_options *options, uint64_t default_bytes,
                           struct memory_setup *setup, struct error *err)
{
    struct machine_file file = {.cores = 0};

    *setup = (struct memory_setup){.is_flat = options->is_flat};
    if (options->bytes != 0 && options->dimms != NULL) {
        return error_usage(err, "--memory and --dimms exclude each other");
    }
    if (options->machine_file != NULL &&
        machine_file_load(options->machine_file, &file, err) != 0) {
        return -1;
    }
    setup->cores = file.cores;
    if (check_flat(options, &file, err) != 0) return -1;
    if (options->is_flat) {
        setup->bytes = options->bytes != 0 ? options->bytes : default_bytes;
        return 0;
    }
    if (choose_dimms(options, &file, default_bytes, setup, err) != 0) return -1;
    setup->bytes = dimm_set_bytes(&setup->dimms);
    if (options->dimms != NULL || setup->bytes >= DIMM_SOCKETS * DIMM_BYTES_MIN) {
        setup->remark = dimm_set_remark(&setup->dimms);
    }
    return choose_scrub(options, &file, setup, err);
}
