/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * m, M and X: linear addresses, through the page tables of the core that Hg chose. A read gives what is there up to
 * the first byte that is not; registers of devices are not memory (reading them would change them).
 */
#include "emu/base/bits.h"
#include "emu/cpu/cpu.h"
#include "emu/cpu/probe.h"
#include "emu/debug/gdb/gdb_internal.h"
#include "emu/machine/machine.h"

#define READ_MAX (GDB_PACKET_BYTES / 2)

void gdb_read_memory(struct gdb_server *server, struct gdb_reader *in)
{
    struct cpu *cpu = machine_cpu(server->config.machine, server->general);
    uint8_t data[READ_MAX];
    uint64_t addr;
    uint64_t bytes;
    size_t done;

    if (!gdb_take_range(in, &addr, &bytes) || gdb_left(in) != 0) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    done = cpu_peek_linear_part(cpu, addr, data, (size_t)min_u64(bytes, READ_MAX));
    if (done == 0 && bytes != 0) {
        gdb_answer(server, GDB_EFAULT);
        return;
    }
    gdb_begin(server);
    gdb_put_bytes(&server->out, data, done);
    gdb_send(server);
}

/* ---- Changing it ---- */

bool gdb_may_change(struct gdb_server *server, unsigned core)
{
    struct error err = ERROR_INIT;

    if (!server->config.is_writable) {
        gdb_refuse(server, "A recording can only be looked at");
        return false;
    }
    if (server->is_broken) {
        gdb_refuse(server, "The history is broken");
        return false;
    }
    if (cpu_look_count(machine_cpu(server->config.machine, core)) != 0) {
        gdb_refuse(server, "The core stands inside a block of instructions, where nothing can be "
                           "changed; `monitor step-block` goes to its end");
        return false;
    }
    /* What was to come is another run from here on. */
    if (!history_is_at_end(server->config.history) &&
        history_cut(server->config.history, &err) != 0) {
        gdb_refuse(server, err.text);
        return false;
    }
    return true;
}

/* "ADDR,LENGTH:" was read. */
static bool take_data(struct gdb_reader *in, uint8_t *data, size_t bytes, bool is_binary)
{
    for (size_t i = 0; i < bytes; i++) {
        if (!(is_binary ? gdb_take_binary : gdb_take_byte)(in, &data[i])) return false;
    }
    return gdb_left(in) == 0;
}

void gdb_write_memory(struct gdb_server *server, struct gdb_reader *in, bool is_binary)
{
    struct cpu *cpu = machine_cpu(server->config.machine, server->general);
    uint8_t data[GDB_PACKET_BYTES];
    uint64_t addr;
    uint64_t bytes;

    if (!gdb_take_range(in, &addr, &bytes) || !gdb_take(in, ":") || bytes > sizeof(data) ||
        !take_data(in, data, (size_t)bytes, is_binary)) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    /* GDB asks by a write of nothing whether X is known. */
    if (bytes == 0) {
        gdb_answer(server, "OK");
        return;
    }
    if (!gdb_may_change(server, server->general)) return;
    gdb_answer(server, cpu_poke_linear(cpu, addr, data, (size_t)bytes) ? "OK" : GDB_EFAULT);
}
