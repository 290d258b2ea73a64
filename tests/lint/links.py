# SPDX-License-Identifier: GPL-2.0-only
"""What a page links to, or names in code marks as a file of this tree, is there."""

import os
import re

import lint

# A name in code marks is a file when it starts in one of our folders and has an ending.
NAMED = re.compile(r"`((?:emu|devices|firmware|roms|tests|docs)/[\w./-]*\.\w+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def check(tree):
    for name in tree.files(".md", under=("README.md", "docs/")):
        text = re.sub(r"^```.*?^```", lambda m: re.sub(r"[^\n]", "", m.group(0)), tree.text(name),
                      flags=re.S | re.M)
        for number, line in enumerate(text.splitlines(), 1):
            for target in LINK.findall(line):
                path = os.path.normpath(os.path.join(os.path.dirname(name), target))
                if "://" not in target and not os.path.exists(tree.path(path)):
                    yield name, f"line {number}: a link to {target}, which is not there"
            for target in NAMED.findall(line):
                if not os.path.exists(tree.path(target)):
                    yield name, f"line {number}: {target} is not there"


if __name__ == "__main__":
    lint.run(check)
