# SPDX-License-Identifier: GPL-2.0-only
"""No writable symbols at file scope, static locals included, in what runs the machine."""

import subprocess

import lint

# Filled in by the loader and read-only afterwards: tables with pointers in them.
CONSTANT = (".data.rel.ro",)
WRITABLE = (".data", ".bss", ".tdata", ".tbss", "*COM*")


def symbols(path):
    """(name, section) of the data objects an object file defines."""
    text = subprocess.run(["nm", "--format=sysv", "--defined-only", path], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7 and fields[3] in ("OBJECT", "TLS"):
            yield fields[0], fields[6]


def check(tree):
    for source, path in tree.objects("emu/", "devices/"):
        for name, section in symbols(path):
            if section.startswith(WRITABLE) and not section.startswith(CONSTANT):
                yield f"{source}:{name.split('.')[0]}", f"writable ({section})"


if __name__ == "__main__":
    lint.run(check)
