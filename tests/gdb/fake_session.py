# SPDX-License-Identifier: GPL-2.0-only
"""GDB and its protocol, on the machine of tests/unit/gdb/fake.h, where everything can be told in advance."""

from inside import check, equal, ex, memory, monitor, refused, reg, run, value

CODE = 0x1000
STORE = CODE + 5
WORD = 0x8000


def description():
    text = ex("maint print xml-tdesc")
    for feature in ("org.gnu.gdb.i386.core", "org.gnu.gdb.i386.sse", "org.gnu.gdb.i386.segments",
                    "org.spacegray.control", "org.spacegray.tables", "org.spacegray.msr"):
        check(f'name="{feature}"' in text, f"feature {feature}")
    check("[ PE ET WP PG ]" in ex("info registers cr0"), "bits of CR0 have names")
    check("[ IF ]" in ex("info registers eflags"), "bits of EFLAGS have names")
    check("<unavailable>" in ex("info registers debugctl"), "an MSR that is not there")
    equal(reg("lstar"), 0x10000C0000082, "an MSR")
    equal(value("$xmm1.v16_int8[10]"), ord("a"), "XMM1")
    equal(str(value("$st0")), "1", "ST0")
    equal(value("$eax"), reg("rax") & 0xFFFFFFFF, "GDB's own views of registers")
    for text in (ex("info registers"), ex("info all-registers")):
        check("rip" in text and "kernel_gs_base" in text, "all registers are shown")


def threads():
    text = ex("info threads")
    for core in range(4):
        check(f'Thread {core + 1} "core {core}"' in text, f"core {core} is a thread")
    check("(halted)" in text, "a halted core")


def steps():
    ex("thread 3")
    before = reg("rip")
    ex("stepi")
    equal(reg("rip"), before + 1, "stepi of core 2")
    ex("thread 1")
    equal(reg("rip"), CODE + 10, "core 0 had its turn meanwhile")
    ex("thread 3")
    ex("reverse-stepi")
    equal(reg("rip"), before, "reverse-stepi")
    ex("reverse-continue")
    ex("thread 1")
    equal(reg("rip"), CODE, "the beginning")


def breaks():
    ex(f"break *{CODE + 7:#x}")
    places = []
    for _ in range(6):
        ex("continue")
        places.append((reg("rip"), reg("rax")))
    for place in reversed(places[:-1]):
        ex("reverse-continue")
        equal((reg("rip"), reg("rax")), place, "the hit before")
    ex("delete")


def watches():
    ex(f"watch *(long *){WORD:#x}")
    ex("continue")
    first = value(f"*(long *){WORD:#x}")
    ex("continue")
    second = value(f"*(long *){WORD:#x}")
    check(first != second, "the word changes")
    ex("reverse-continue")
    equal(value(f"*(long *){WORD:#x}"), first, "back over the store")
    equal(reg("rip"), STORE, "in front of the store")
    ex("continue")
    equal(value(f"*(long *){WORD:#x}"), second, "the same store again")
    equal(reg("rip"), STORE + 1, "behind the store")
    ex("delete")


def rest():
    equal(len(memory(0, 0x8000)), 0x8000, "much memory")
    check(refused("x/gx 0x20000") is not None, "no memory")
    check(refused("set var *(int *)0x2000 = 1") is not None, "a recording is not written to")
    check("can only be looked at" in refused("print $rax = 5"), "why is told")
    check("line 0 of: help" in monitor("help"), "monitor help")
    check("error: it failed" in monitor("fail"), "monitor fail")
    monitor("goto 15")
    ex("thread 2")
    equal(reg("rip"), CODE + 5, "monitor goto")


def test():
    description()
    threads()
    steps()
    breaks()
    watches()
    rest()
    ex("detach")


run(test)
