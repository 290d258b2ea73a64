/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: debugger_fuzz_seeds FOLDER. Sessions with the debugger, a line a command. */
#include <stdio.h>
#include <string.h>

#include "emu/base/bits.h"
#include "tests/fuzz/seed_file.h"

static const char *const sessions[] = {
    "b reg uart.LCR w if value == 3\nc\nrc\nlist\n",
    "trace ev lapic0.*\nrun-until vector 0x40\nwhy\nevents\n",
    "watch 0x500 4\nc\nc\nrc\np *0x500\ninfo where\n",
    "goto 20ms\nlast-write mem 0x500 w 4\ngoto found\nbt\n",
    "lw reg lapic0.EOI goto\nwhy ev 300\ninfo dev lapic0 changed\n",
    "b phys 0x500 rw 4 if new > old and core == 0\nc\nignore 1 2\nc\ntbreak pc 0x8000\n",
    "b port 0x40 rw 4\nb irq hpet:irq0\nb irq lapic0:0x41\nb msr 0x1b\nb lba 0..7\nc\nd\n",
    "b pixel 100,200\nb bar gpu.5\nrc\nenable\ndisable 1\n",
    "info regs all\ni r msrs\ninfo devices\ninfo memory\ninfo events\ninfo checkpoints\n",
    "x/8gx $rsp\nx/4i $pc\n\nx/2s 0x8000\nx/16bxp 0xfffffff0\np/t $rip & 0xff\ndisas\n\n",
    "p nvme.CC.EN + (gpu.MM_INDEX << 2) * -1\np -(~$rax ^ 3) % 7\np *0\n",
    "p u8($pc)@1 + phys32(0xfee00030)\np port16(0x3f8)\np msr(0x1b)@1 ^ $IA32_LSTAR@0\n",
    "goto ev 170\ngoto cycle 64000000\ngoto begin\ngoto end\nse\nrse\nsb\nrsb\n",
    "goto 20ms\nn\nrn\nsi 9\nrsi 9\n\nnext 3\nrn 2\nsb 4\nrsb 4\nse 2\nrse 2\n",
    "help\nhelp sources\nhelp b\nset syntax intel\ncore 0\nwait-for ev uart.receive\nq\n",
    "events 150..160 lapic0.* if vector == 0x40\nevents all 1..400 !*.reg_read\n",
    "run-until reg lapic0.EOI if $rax == 0 or index < 1\nscreen a.png\ninfo symbol 1\n",
};

/* The same through the control socket. */
static const char *const conversations[] = {
    "{\"execute\":\"debug\",\"arguments\":{\"command\":\"b reg uart.LCR w\"}}\n"
    "{\"execute\":\"debug\",\"arguments\":{\"command\":\"c\"}}\n{\"execute\":\"debug-where\"}\n"
    "{\"execute\":\"debug\",\"arguments\":{\"command\":\"rc\"},\"id\":7}\n",
    "{\"execute\":\"debug\",\"arguments\":{\"command\":\"goto 20ms\"}}\n"
    "{\"execute\":\"debug-value\",\"arguments\":{\"expression\":\"*$rsp + lapic0.SVR\"}}\n"
    "{\"execute\":\"debug-interrupt\"}\n{\"execute\":\"stop\"}\n{\"execute\":\"query-status\"}\n",
    "{\"execute\":\"debug-devices\"}\n"
    "{\"execute\":\"debug-registers\",\"arguments\":{\"device\":\"lapic0\"}}\n"
    "{\"execute\":\"debug-registers\",\"arguments\":{\"device\":\"/pch/uart0\"}}\n"
    "{\"execute\":\"debug-registers\",\"arguments\":{\"device\":\"*\"}}\n",
    "{\"execute\":\"debug-disassemble\",\"arguments\":{\"address\":32768,\"count\":9}}\n"
    "{\"execute\":\"debug-disassemble\"}\n"
    "{\"execute\":\"debug-memory\",\"arguments\":{\"address\":\"$rsp\",\"bytes\":4100}}\n"
    "{\"execute\":\"debug-memory\",\"arguments\":{\"address\":\"0xfee00000\",\"bytes\":64,"
    "\"physical\":true}}\n",
    "{\"execute\":\"debug-events\"}\n"
    "{\"execute\":\"debug-events\",\"arguments\":{\"from\":150,\"count\":3,"
    "\"filter\":\"lapic0.* if vector == 0x40\"}}\n"
    "{\"execute\":\"debug-complete\",\"arguments\":{\"line\":\"b reg lap\"}}\n",
    "{\"execute\":\"debug\",\"arguments\":{\"command\":\"events all 1..4000\"}}\n"
    "{\"execute\":\"debug\",\"arguments\":{\"command\":\"lw mem 0x500 w 4 goto\"}}\n"
    "{\"execute\":\"cont\"}\n{\"execute\":\"debug\",\"arguments\":{\"command\":\"q\"}}\n",
};

int main(int argc, char **argv)
{
    char name[16];

    if (argc != 2) return 2;
    for (size_t i = 0; i < ARRAY_LEN(sessions); i++) {
        (void)snprintf(name, sizeof(name), "%02zu", i);
        seed_file_write(argv[1], "debugger_line_fuzz", name, sessions[i], strlen(sessions[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(conversations); i++) {
        (void)snprintf(name, sizeof(name), "%02zu", i);
        seed_file_write(argv[1], "control_debug_fuzz", name, conversations[i],
                        strlen(conversations[i]));
    }
    return 0;
}
