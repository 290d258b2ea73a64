# SPDX-License-Identifier: GPL-2.0-only
set(sources_imc dram_socket.c dram_map.c dram_layout.c dram_decode.c ecc.c imc.c imc_function.c
    imc_errors.c imc_mca.c)
