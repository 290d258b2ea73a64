# SPDX-License-Identifier: GPL-2.0-only
"""GDB at a live machine that starts tests/guest/programs/boot-elf64.c: its symbols, breakpoints, watchpoints, both
directions. Everything that was seen forwards must be the same on the way back."""

import os

from inside import check, connect, equal, ex, memory, monitor, refused, reg, registers, run, value

REPORTS = 5


def symbol(name):
    return value(f"&{name}")


def power_on():
    equal(reg("rip"), 0xFFFFFFF0, "the reset vector")
    equal(reg("ip"), 0xFFF0, "its offset in CS")
    equal(reg("mode"), 16, "16-bit code")
    equal(reg("cs_base"), 0xFFFF0000, "CS's base")
    equal(reg("cr0"), 0x60000010, "CR0 after reset")
    check(len(memory(0xFFFFFFF0, 16)) == 16, "firmware is memory")
    check(refused("x/wx 0xfee00020") is not None, "a device is no memory")
    check("Thread 1" in ex("info threads"), "threads")
    check("spacegray" in ex("maint print xml-tdesc"), "the target description")
    for _ in range(5):
        ex("stepi")
    places = [registers()]
    for _ in range(10):
        ex("stepi")
        places.append(registers())
    for place in reversed(places[:-1]):
        ex("reverse-stepi")
        equal(registers(), place, f"back at {place['rip']:#x}")


def breakpoints():
    """Each call of report() and back again."""
    ex("hbreak *guest_main")
    ex("continue")
    equal(reg("rip"), symbol("guest_main"), "guest_main")
    equal(reg("mode"), 64, "64-bit code")
    check("[ SCE LME LMA NXE ]" in ex("info registers efer") or "LMA" in ex("info registers efer"), "EFER")
    ex("break *report")
    seen = []
    for _ in range(REPORTS):
        ex("continue")
        equal(reg("rip"), symbol("report"), "report")
        seen.append((registers(), memory(reg("rsp") & ~15, 256)))
    for place, stack in reversed(seen[:-1]):
        ex("reverse-continue")
        equal(registers(), place, "the hit before has the same registers")
        equal(memory(place["rsp"] & ~15, 256), stack, "and the same stack")
    ex("reverse-continue")
    equal(reg("rip"), symbol("guest_main"), "back at guest_main")
    for place, _ in seen:
        ex("continue")
        equal(registers(), place, "and forwards again")
    ex("delete")


def watchpoints():
    where = f"*(unsigned int *){symbol('report_count'):#x}"
    ex(f"watch {where}")
    counts, places = [], []
    for _ in range(4):
        ex("continue")
        counts.append(value(where))
        places.append(registers())
    equal(counts, list(range(counts[0], counts[0] + 4)), "each change is seen")
    for count in reversed(counts):
        ex("reverse-continue")
        equal(value(where), count - 1, "back in front of the store")
    ex("continue")
    equal(registers(), places[0], "and behind it again")
    ex("delete")
    ex(f"awatch {where}")
    ex("continue")
    check(value(where) in counts, "an access")
    ex("delete")
    text = monitor(f"last-write mem {symbol('report_count'):#x}")
    check("rip" in text or "report" in text or "0x" in text, "monitor last-write", text)


def commands():
    text = monitor("help")
    for word in ("break", "goto", "last-write"):
        check(word in text, f"monitor help knows {word}", text)
    check("error" in monitor("braek ev *"), "what is not understood")
    here = registers()
    monitor("goto begin")
    equal(reg("rip"), 0xFFFFFFF0, "monitor goto begin")
    monitor("goto end")
    check(reg("rip") != 0xFFFFFFF0, "monitor goto end")
    ex(f"hbreak *{here['rip']:#x}")
    ex("reverse-continue")
    ex("delete")
    equal(reg("rip"), here["rip"], "there again")


def changes():
    ex("hbreak *report")
    ex("continue")
    ex("set var $r15 = 0x1234567890")
    equal(reg("r15"), 0x1234567890, "a register is changed")
    free = (reg("rsp") & ~0xFFF) - 0x1000
    ex(f"set var *(unsigned long *){free:#x} = 0x1122334455667788")
    equal(memory(free, 8), bytes.fromhex("8877665544332211"), "memory is changed")
    check("only be read" in (refused("set var $cr3 = 0") or ""), "CR3 is not")
    ex("delete")


def end():
    ex("continue")  # the program ends the run
    check(value("*(unsigned int *)&report_count") >= 25, "the end of the run")
    ex("hbreak *report")
    ex("reverse-continue")
    equal(reg("rip"), symbol("report"), "and back from it")


def test():
    ex("set architecture i386:x86-64")
    ex(f"symbol-file {os.environ['SPACEGRAY_GDB_IMAGE']}")
    power_on()
    breakpoints()
    watchpoints()
    commands()
    end()
    changes()
    ex("kill")


run(test)
