/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory modules of a machine as text, and the RAM that the built-in firmware makes of them: see
 * machine_show.h. At power-on there is none yet. */
#include <inttypes.h>

#include "devices/memory/dram_address.h"
#include "emu/app/machine_show.h"
#include "emu/app/socket_name.h"
#include "emu/base/bits.h"
#include "emu/machine/map.h"

static void show_module(unsigned socket, const struct dimm *dimm, FILE *file)
{
    struct dram_address at;

    dram_socket_place(socket, &at);
    (void)fprintf(file, "  %s  %3u  %7u", dimm_socket_name(socket), at.imc, at.channel);
    if (dimm->bytes == 0) {
        (void)fprintf(file, "       empty\n");
        return;
    }
    machine_show_bytes(dimm->bytes, file);
    (void)fprintf(file, "  %uRx%u  %6" PRIu64 "  %-3s  %08" PRIx32 "  %s\n", dimm->ranks,
                  dimm->width, BIT(dimm->row_bits), dimm->has_ecc ? "yes" : "no", dimm->serial,
                  dimm->part);
}

void machine_show_modules(const struct machine_config *config, FILE *file)
{
    const char *remark = dimm_set_remark(&config->dimms);

    (void)fprintf(file, "\nmemory modules (in each rank 16 banks, in each row 1024 columns):\n"
                        "      imc  channel        size  kind    rows  ECC  serial    part\n");
    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        show_module(i, &config->dimms.socket[i], file);
    }
    if (remark != NULL) (void)fprintf(file, "  note: %s\n", remark);
    if (config->dimms.limit == 0) return;
    (void)fprintf(file, "  note: firmware uses %" PRIu64 " MiB of them\n",
                  config->dimms.limit >> 20);
}

static void show_range(uint64_t base, uint64_t end, const char *name, FILE *file)
{
    if (end <= base) return;
    (void)fprintf(file, "  %010" PRIx64 "-%010" PRIx64, base, end - 1);
    machine_show_bytes(end - base, file);
    (void)fprintf(file, "  ram  %s\n", name);
}

void machine_show_ram(const struct machine_config *config, FILE *file)
{
    const uint64_t bytes = config->memory_bytes;
    const uint64_t low = min_u64(bytes, MAP_LOW_RAM_MAX);

    (void)fprintf(file, "\nRAM after memory initialisation by the firmware:\n");
    show_range(0, MAP_VGA_HOLE_BASE, "ram.low", file);
    show_range(MAP_VGA_HOLE_END, low, "ram.main", file);
    show_range(MAP_HIGH_RAM_BASE, MAP_HIGH_RAM_BASE + bytes - low, "ram.high", file);
}
