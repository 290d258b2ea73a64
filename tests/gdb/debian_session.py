# SPDX-License-Identifier: GPL-2.0-only
"""GDB in Debian's kernel (see debian): functions by their addresses, a module's among them, a device's register, and
backwards: everything is as it was the first time."""

import os

from inside import check, equal, ex, memory, monitor, reg, registers, run, value

HITS = 4


def address(name):
    return int(os.environ[f"SPACEGRAY_AT_{name}"], 16)


def where():
    """Time, event, instant; what else is known of the run may have grown."""
    return monitor("info where").splitlines()[:2]


def seen():
    """What a person would look at in front of a function: registers, arguments, stack."""
    return (registers(), memory(reg("rdi"), 64), memory(reg("rsi"), 64), memory(reg("rsp"), 128),
            where())


def first_instruction():
    ex(f"hbreak *{address('start_kernel'):#x}")
    ex("continue")
    equal(reg("rip"), address("start_kernel"), "start_kernel")
    equal(reg("mode"), 64, "64-bit code")
    check(reg("cr3") != 0 and reg("gs_base") != 0, "the kernel's page tables and per-CPU data")
    check("PG" in ex("info registers cr0"), "paging is on")
    ex("delete")


def device_register():
    """The driver enables the controller."""
    monitor("break reg nvme.CC w")
    ex("continue")
    place = registers(), where()
    text = monitor("info dev nvme")
    check("CC" in text, "the device's registers", text[:400])
    ex("continue")
    check(registers() != place[0], "the next write")
    ex("reverse-continue")
    equal((registers(), where()), place, "back at the write before")
    monitor("delete")


def queue():
    """Requests to the disk."""
    ex(f"hbreak *{address('nvme_queue_rq'):#x}")
    places = []
    for _ in range(HITS):
        ex("continue")
        equal(reg("rip"), address("nvme_queue_rq"), "nvme_queue_rq")
        places.append(seen())
    check(len({tuple(at) for *_, at in places}) == HITS, "they are different ones")
    for place in reversed(places[:-1]):
        ex("reverse-continue")
        equal(seen(), place, "the hit before, as it was")
    for place in places[1:]:
        ex("continue")
        equal(seen(), place, "and forwards again")
    ex("delete")


def system_call():
    """Steps in a process, and a watchpoint at the return address that it will need."""
    ex(f"hbreak *{address('__x64_sys_newuname'):#x}")
    ex("continue")
    equal(reg("rip"), address("__x64_sys_newuname"), "uname()")
    ex("delete")
    places = [registers()]
    for _ in range(12):
        ex("stepi")
        places.append(registers())
    for place in reversed(places[:-1]):
        ex("reverse-stepi")
        equal(registers(), place, f"a step back to {place['rip']:#x}")
    stack = reg("rsp")
    ex(f"rwatch *(unsigned long *){stack:#x}")
    back = value(f"*(unsigned long *){stack:#x}")
    ex("continue")
    check(reg("rip") == back, "it returns", f"{reg('rip'):#x} {back:#x}")
    ex("delete")


def test():
    first_instruction()
    device_register()
    queue()
    system_call()
    ex("kill")


run(test)
