# SPDX-License-Identifier: GPL-2.0-only
# Lines that the debugger is given: the control socket and GDB's monitor take them from outside.
spacegray_program(debugger_fuzz_seeds SOURCES debugger_seeds.c seed_file.c DEPS sg_base)
list(APPEND seed_makers debugger_fuzz_seeds)
set(debugger_bench debugger_bench.c ../unit/replay/history_world.c ../unit/replay/history_guest.S)
add_fuzzer(debugger_line_fuzz 20 ${debugger_bench}
    DEPS sg_test_rom_machine sg_debug sg_replay sg_trace sg_machine sg_cpu sg_core sg_base cmocka::cmocka)
add_fuzzer(control_debug_fuzz 20 ${debugger_bench}
    DEPS sg_test_rom_machine sg_app sg_debug sg_replay sg_trace sg_machine sg_cpu sg_core sg_base jansson::jansson cmocka::cmocka)
