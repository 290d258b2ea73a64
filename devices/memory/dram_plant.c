/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults come and go: what can be planted where, and the sentences for what cannot. */
#include <stdio.h>
#include <string.h>

#include "devices/memory/dram_internal.h"
#include "emu/base/bug.h"

/* Which members of a place a kind of fault uses, besides the module. */
enum place_part {
    PART_RANK = 1,
    PART_BANK = 2, /* group and bank */
    PART_ROW = 4,
    PART_COLUMN = 8,
};

static const uint8_t parts_of[DRAM_FAULT_KINDS] = {
    [DRAM_FAULT_FLIP] = PART_RANK | PART_BANK | PART_ROW | PART_COLUMN,
    [DRAM_FAULT_STUCK] = PART_RANK | PART_BANK | PART_ROW | PART_COLUMN,
    [DRAM_FAULT_ROW] = PART_RANK | PART_BANK | PART_ROW,
    [DRAM_FAULT_COLUMN] = PART_RANK | PART_BANK | PART_COLUMN,
    [DRAM_FAULT_CHIP] = PART_RANK,
};

/* ---- What can be planted ---- */

static int check_module(const struct dram *dram, const struct dram_address *where,
                        struct error *err)
{
    const struct dimm *sockets = dram->config.dimms.socket;
    unsigned socket = dram_socket(where);

    if (socket >= DIMM_SOCKETS) {
        return error_usage(
            err,
            "memory controller %u channel %u slot %u has no socket: there is slot 0 of "
            "channels 0 and 1 of memory controllers 0 and 1",
            where->imc, where->channel, where->dimm);
    }
    if (sockets[socket].bytes == 0) {
        char list[DIMM_SOCKETS * 4 + 1] = "";
        size_t length = 0;

        for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
            if (sockets[i].bytes == 0) continue;
            length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
                                       length > 0 ? ", " : "", dimm_socket_name(i));
        }
        return error_usage(err, "no module is in socket %s: modules are in %s",
                           dimm_socket_name(socket), list);
    }
    return 0;
}

static int check_number(const char *what, unsigned value, unsigned end, struct error *err)
{
    if (value < end) return 0;
    return error_usage(err, "%s 0x%x is out of range: this module has %ss 0 to 0x%x", what, value,
                       what, end - 1);
}

/* The members that the kind uses; the others become 0. */
static int check_place(const struct dimm *dimm, struct dram_fault *fault, struct error *err)
{
    struct dram_address *where = &fault->where;
    unsigned parts = parts_of[fault->kind];

    where->rank = (parts & PART_RANK) != 0 ? where->rank : 0;
    where->bank_group = (parts & PART_BANK) != 0 ? where->bank_group : 0;
    where->bank = (parts & PART_BANK) != 0 ? where->bank : 0;
    where->row = (parts & PART_ROW) != 0 ? where->row : 0;
    where->column = (parts & PART_COLUMN) != 0 ? where->column : 0;
    if (check_number("rank", where->rank, dimm->ranks, err) != 0 ||
        check_number("bank group", where->bank_group, DIMM_BANK_GROUPS, err) != 0 ||
        check_number("bank", where->bank, DIMM_BANKS, err) != 0 ||
        check_number("row", where->row, BIT32(dimm->row_bits), err) != 0 ||
        check_number("column", where->column, BIT32(dimm->column_bits), err) != 0) {
        return -1;
    }
    return 0;
}

static int check_line(const struct dimm *dimm, const struct dram_fault *fault, struct error *err)
{
    const struct {
        const char *name;
        unsigned first;
        unsigned end;
    } lines[] = {
        [DRAM_LINE_ROW] = {.name = "row", .end = dimm->row_bits},
        [DRAM_LINE_COLUMN] = {.name = "column", .first = DRAM_BURST_BITS, .end = dimm->column_bits},
        [DRAM_LINE_BANK] = {.name = "bank", .end = 2},
        [DRAM_LINE_BANK_GROUP] = {.name = "bank group", .end = 2},
    };
    unsigned line = (unsigned)fault->line;

    if (line >= ARRAY_LEN(lines)) {
        return error_usage(err,
                           "address line %u does not exist: there are row, column, bank and "
                           "bank group lines",
                           line);
    }
    if (fault->line_bit < lines[line].first || fault->line_bit >= lines[line].end) {
        return error_usage(err, "%s line %u is out of range: this module has %s lines %u to %u",
                           lines[line].name, fault->line_bit, lines[line].name, lines[line].first,
                           lines[line].end - 1);
    }
    return 0;
}

static int check_mask(const struct dimm *dimm, const struct ecc_word *mask, struct error *err)
{
    if (mask->data == 0 && mask->check == 0) {
        return error_usage(err, "the fault concerns no bit: a word has bits 0 to %u",
                           dimm->has_ecc ? DIMM_CODE_BITS - 1 : DIMM_DATA_BITS - 1);
    }
    if (mask->check != 0 && !dimm->has_ecc) {
        return error_usage(err,
                           "the fault concerns check bits: this module has none, its words have "
                           "bits 0 to %u",
                           DIMM_DATA_BITS - 1);
    }
    return 0;
}

int dram_fault_check(const struct dram *dram, struct dram_fault *fault, struct error *err)
{
    const struct dimm *dimm;

    if ((unsigned)fault->kind >= DRAM_FAULT_KINDS) {
        return error_usage(err, "fault kind %u does not exist: kinds are 0 to %u",
                           (unsigned)fault->kind, DRAM_FAULT_KINDS - 1u);
    }
    if (check_module(dram, &fault->where, err) != 0) return -1;
    dimm = &dram->config.dimms.socket[dram_socket(&fault->where)];
    if (check_place(dimm, fault, err) != 0) return -1;
    if (fault->kind == DRAM_FAULT_FLIP) {
        fault->value = false;
    }
    if (fault->kind == DRAM_FAULT_ADDRESS) {
        fault->mask = (struct ecc_word){0};
        return check_line(dimm, fault, err);
    }
    fault->line = DRAM_LINE_ROW;
    fault->line_bit = 0;
    fault->has_parity = false;
    return check_mask(dimm, &fault->mask, err);
}

/* ---- Coming and going ---- */

static void remove_fault(struct dram *dram, uint32_t fault)
{
    dram_index_remove(dram, fault);
    dram->fault_count--;
    memmove(&dram->faults[fault], &dram->faults[fault + 1],
            (dram->fault_count - fault) * sizeof(dram->faults[0]));
    if (dram->index.addr_count + dram->index.pattern_count == 0) {
        sched_cancel(dram->device.env.sched, &dram->patrol);
    }
}

void dram_set_flips(struct dram *dram, uint64_t key, struct ecc_word flips)
{
    uint32_t fault = dram_index_flip(dram, key);

    if (fault >= dram->fault_count) return;
    if (flips.data == 0 && flips.check == 0) {
        remove_fault(dram, fault);
    } else {
        dram->faults[fault].mask = flips;
    }
}

/* A flip where there is nothing to remember: more bits of a word that has one, or of a module whose
 * words are just data. */
static bool flip_at_once(struct dram *dram, const struct dram_fault *fault, uint64_t addr)
{
    uint64_t key = dram_key(&fault->where);
    uint32_t old = dram_index_flip(dram, key);
    uint64_t data;

    if (fault->kind != DRAM_FAULT_FLIP) return false;
    if (!dram->config.dimms.socket[dram_socket(&fault->where)].has_ecc) {
        memcpy(&data, dram_host(dram, addr), sizeof(data));
        dram_host_set(dram, addr, data ^ fault->mask.data);
        return true;
    }
    if (old >= dram->fault_count) return false;
    dram_set_flips(dram, key,
                   (struct ecc_word){
                       .data = dram->faults[old].mask.data ^ fault->mask.data,
                       .check = dram->faults[old].mask.check ^ fault->mask.check,
                   });
    return true;
}

int dram_plant(struct device *device, const struct dram_fault *fault, struct error *err)
{
    struct dram *dram = dram_of(device);
    const struct dram_env *env = &dram->config.env;
    struct dram_fault planted = *fault;
    uint64_t addr;

    dram_settle(device);
    if (dram_fault_check(dram, &planted, err) != 0) return -1;
    if (dram_layout(dram)->zone_count == 0) {
        return error_usage(err, "no memory is decoded yet: faults can be planted once the firmware "
                                "has set up the memory controllers");
    }
    if (!dram_fault_address(dram, &planted, &addr)) {
        return error_usage(
            err,
            "no system address leads to this place of the module in socket %s: the "
            "memory controllers decode less than its 0x%llx bytes",
            dimm_socket_name(dram_socket(&planted.where)),
            (unsigned long long)dram->config.dimms.socket[dram_socket(&planted.where)].bytes);
    }
    if (dram_host(dram, addr) == NULL) {
        return error_usage(err, "there is no memory at address 0x%llx", (unsigned long long)addr);
    }
    if (flip_at_once(dram, &planted, addr)) {
        dram_trace_planted(dram, &planted);
        return 0;
    }
    if (dram->fault_count >= DRAM_FAULTS_MAX) {
        return error_usage(err, "%u faults are planted, and no more than %u can be at a time",
                           (unsigned)dram->fault_count, DRAM_FAULTS_MAX);
    }
    dram->faults[dram->fault_count] = planted;
    dram_index_add(dram, dram->fault_count++);
    dram_trace_planted(dram, &planted);
    dram_patrol_arm(dram);
    env->guards_changed(env->ctx);
    return 0;
}

void dram_repair(struct device *device, size_t index)
{
    struct dram *dram = dram_of(device);

    BUG_ON(index >= dram->fault_count);
    dram_settle(device);
    dram_trace_repaired(dram, &dram->faults[index]);
    remove_fault(dram, (uint32_t)index);
    dram_patrol_arm(dram);
}
