# SPDX-License-Identifier: GPL-2.0-only
"""For scripts that run inside GDB (see drive)."""

import os
import traceback

import gdb

MASK = (1 << 64) - 1


def ex(command):
    """What GDB says to a command. What the server says of a stop is shown, too."""
    text = gdb.execute(command, to_string=True)
    if command.split()[0] in ("continue", "reverse-continue", "stepi", "reverse-stepi"):
        print(text, end="")
    return text


def refused(command):
    """The error that a command ends with; None when it went well."""
    try:
        ex(command)
    except gdb.error as error:
        return str(error)
    return None


def value(expression):
    return int(gdb.parse_and_eval(f"(unsigned long)({expression})")) & MASK


def reg(name):
    """Also those whose bits have names, which GDB does not take for numbers."""
    return int(gdb.parse_and_eval(f"${name}").format_string(format="z"), 16) & MASK


def memory(addr, size):
    return bytes(gdb.selected_inferior().read_memory(addr, size))


def registers():
    """All general registers of the selected core, as they are to be found again."""
    names = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags cs ss cr2 cr3"
    return {name: reg(name) for name in names.split()}


def monitor(line):
    text = ex(f"monitor {line}")
    # GDB keeps registers and memory until it moves the machine itself.
    ex("maintenance flush register-cache")
    ex("maintenance flush dcache")
    return text


def check(condition, what, *details):
    if condition:
        print(f"ok: {what}")
    else:
        print(f"FAIL: {what}", *details)


def equal(found, wanted, what):
    check(found == wanted, what, f"found {str(found)[:600]}, wanted {str(wanted)[:600]}")


def connect():
    ex("set confirm off")
    ex("set pagination off")
    ex("set tcp auto-retry off")
    print(ex(f"target remote {os.environ['SPACEGRAY_GDB_WHERE']}"))


def run(test):
    """Connects, runs the checks, and says so when they came to their end."""
    try:
        connect()
        test()
        print("\nALL CHECKS PASSED")
    except BaseException:  # whatever it was: GDB would go on with the next command
        print("FAIL: " + traceback.format_exc())
        gdb.execute("kill")
