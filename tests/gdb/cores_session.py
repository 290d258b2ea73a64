# SPDX-License-Identifier: GPL-2.0-only
"""GDB at a live machine with four cores, whose firmware starts three of them: cores are threads, a step is of the core that
was asked for, and the way back passes the same places."""

import os

import gdb

from inside import check, equal, ex, monitor, reg, registers, run

START = 0x8000  # where the firmware lets application processors begin (firmware/arch/x86)


def thread():
    return gdb.selected_thread().num


def place():
    return thread(), registers()


def starts():
    ex(f"hbreak *{START:#x}")
    seen = []
    for _ in range(3):
        ex("continue")
        equal(reg("rip"), START, "an application processor begins")
        equal(reg("mode"), 16, "in 16-bit code")
        seen.append(place())
    equal(sorted(number for number, _ in seen), [2, 3, 4], "each of them")
    for wanted in reversed(seen[:-1]):
        ex("reverse-continue")
        equal(place(), wanted, "and back")
    ex("delete")


def steps(number, count):
    """Forwards and back with one core."""
    ex(f"thread {number}")
    places = [place()]
    for _ in range(count):
        ex("stepi")
        equal(thread(), number, f"a step of core {number - 1}")
        places.append(place())
        check(places[-1] != places[-2], "it got on")
    for wanted in reversed(places[:-1]):
        ex("reverse-stepi")
        equal(place(), wanted, f"a step back of core {number - 1}")


def both():
    """The others get on while one is stepped."""
    ex("thread 1")
    before = registers()
    ex("thread 2")
    for _ in range(3):
        ex("stepi")
    steps(1, 3)
    ex("thread 1")
    check(registers()["rip"] != 0 and before["rip"] != 0, "core 0 is somewhere")


def test():
    ex(f"symbol-file {os.environ['SPACEGRAY_GDB_IMAGE']}")
    equal(len(gdb.selected_inferior().threads()), 4, "four threads")
    starts()
    steps(2, 6)
    both()
    ex("thread 1")
    ex("hbreak *guest_main")
    ex("continue")
    equal(thread(), 1, "the guest runs on core 0")
    text = ex("info threads")
    equal(text.count("(halted)"), 3, "the others halt")
    check("running pc" in monitor("info cores"), "monitor info cores")
    ex("kill")


run(test)
