# SPDX-License-Identifier: GPL-2.0-only
set(sources_imc dram_socket.c)
