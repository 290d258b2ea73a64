# SPDX-License-Identifier: GPL-2.0-only
"""Include directions: arrows point down only (DESIGN.md, section 2)."""

import re

import lint

# The addresses of the machine: only #define lines, for C and assembly alike. Devices and cores are
# told where they are.
MAP = "emu/machine/map.h"

# Folder -> folders it may include besides itself. The longest matching folder counts.
ALLOWED = {
    "emu/base": (),
    "emu/core": ("emu/base",),
    "emu/timing": ("emu/base", "emu/core"),
    "emu/cpu": ("emu/base", "emu/core", "emu/timing"),
    "emu/crypto": ("emu/base",),
    "devices": ("emu/base", "emu/core", "devices/pci"),
    "devices/apple": ("emu/base", "emu/core", "emu/crypto", "devices/pci"),
    "devices/memory": ("emu/base", "emu/core", "emu/timing", "devices/pci"),
    "devices/storage": ("emu/base", "emu/core", "emu/crypto", "emu/timing", "devices/apple", "devices/pci"),
    "devices/device_list": ("emu/base", "emu/core", "devices"),
    "emu/machine/image": ("emu/base", "emu/core", MAP),
    "emu/machine": ("emu/base", "emu/core", "emu/cpu", "emu/timing", "devices"),
    "emu/debug": ("emu/base", "emu/core", "emu/cpu", "emu/timing", "emu/machine", "devices"),
    "emu/host": ("emu/base", "emu/core"),
    "emu/disk": ("emu/base", "emu/core", "emu/crypto", "devices/apple", "devices/storage"),
    "emu/app": ("emu", "devices", "roms", "firmware/art/art.h", "firmware/core/console.h"),
    "firmware": (MAP,),
    "roms": (),
    "roms/sign": ("emu/base", "emu/crypto", "devices/apple"),
    "roms/demo": (MAP, "firmware/arch/x86/io.h", "devices/display/vega10_sdma_regs.h"),
    "tests": ("emu", "devices", "firmware", "roms", "tests"),
}
# Libraries that one folder only may know.
PRIVATE = {
    "unicorn/": ("emu/cpu",),
    "SDL2/": ("emu/host",),
    "libelf.h": ("emu/machine/image", "emu/debug"),
    "gelf.h": ("emu/machine/image", "emu/debug", "emu/app/suite"),
    "elfutils/": ("emu/app/suite",),
    "slirp/": ("emu/host",),
    "openssl/": ("emu/crypto",),
    "jansson.h": ("emu/app", "emu/disk", "emu/debug"),
    "capstone/": ("emu/cpu", "emu/debug"),
    "ncurses": ("emu/debug/tui",),
    "xxhash.h": ("emu/debug/replay",),
    "cyaml/": ("emu/app",),
    "archive": ("emu/app/suite",),
}


def folder_of(name):
    """The folder of ALLOWED that a file belongs to, and the part of the tree it may see freely."""
    found = max((f for f in ALLOWED if name.startswith((f + "/", f + "."))), key=len, default=None)
    own = found
    if found == "devices":
        own = "/".join(name.split("/")[:2])
    return found, own


def is_below(name, folders):
    return any(name == folder or name.startswith(folder + "/") for folder in folders)


def check(tree):
    names = set(tree.files())
    for name in tree.files(*lint.C_FILES, ".S", under=lint.OURS):
        folder, own = folder_of(name)
        text = lint.without_comments(tree.text(name), keep_strings=True)
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if not match:
                continue
            quote, target = match.groups()
            where = f"line {number}: {target}"
            if quote == "<":
                owners = [o for prefix, o in PRIVATE.items() if target.startswith(prefix)]
                if owners and not is_below(name, owners[0] + ("tests",)):
                    yield name, f"{where}: only {' '.join(owners[0])} may include this library"
            elif target not in names and not target.startswith("generated/"):
                yield name, f"{where}: no such file from the root of the tree"
            elif folder is None:
                yield name, "this folder has no entry in tests/lint/includes.py"
            elif not is_below(target, (own,) + ALLOWED[folder]):
                yield name, f"{where}: {own} may not include this"


if __name__ == "__main__":
    lint.run(check)
