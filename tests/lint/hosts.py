# SPDX-License-Identifier: GPL-2.0-only
"""No address of a package archive or registry: apt knows the machine's own; and nothing that runs
names any host at all."""

import re

import lint

REGISTRY = re.compile(
    r"\b(deb|ftp|http|archive|security|snapshot|packages|pypi|files|registry|index|static|crates|"
    r"proxy|mirrors?|repo\d*|conda|rubygems|downloads?)(\.[a-z0-9-]+)*\."
    r"(org|com|io|net|dev|rs|eu|de)\b", re.I)
ADDRESS = re.compile(r"\b(https?|ftp)://", re.I)


def check(tree):
    for name in tree.files():
        if name == "LICENSE":
            continue
        is_text = name.endswith(".md")
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            if REGISTRY.search(line):
                yield name, f"line {number}: the name of an archive"
            elif not is_text and ADDRESS.search(line):
                yield name, f"line {number}: a network address"


if __name__ == "__main__":
    lint.run(check)
