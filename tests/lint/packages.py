# SPDX-License-Identifier: GPL-2.0-only
"""The table of packages in README.md is the list that ./run installs."""

import re

import lint

LIST = "emu/cmake/packages"
USES = ("boot", "test", "bench")


def rows(text):
    for line in text.splitlines():
        fields = tuple(field.strip() for field in line.strip().strip("|").split("|"))
        if len(fields) == 3 and not line.startswith("#"):
            yield fields


def is_use(text):
    return all(word in USES for word in text.split(", "))


def check(tree):
    listed = list(rows(tree.text(LIST)))
    for name, use, reason in listed:
        if not is_use(use) or not reason:
            yield LIST, f"{name}: needed for boot, test or bench, and a reason"
    shown = [tuple(re.sub("`", "", field) for field in row) for row in rows(tree.text("README.md"))]
    for row in listed:
        if row not in shown:
            yield "README.md", f"the table lacks: | `{row[0]}` | {row[1]} | {row[2]} |"
    for row in shown:
        if is_use(row[1]) and row not in listed:
            yield "README.md", f"{row[0]} is not in {LIST}"


if __name__ == "__main__":
    lint.run(check)
