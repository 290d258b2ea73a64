# SPDX-License-Identifier: GPL-2.0-only
"""Every source file names its licence at its top, in the one-line form."""

import lint

LINE = "SPDX-License-Identifier: GPL-2.0-only"
# Formats without comments, and data.
EXEMPT = (".json", ".md", ".txt.in", ".hex", ".bin", ".rom", ".png", ".svg", ".gitignore",
          ".sha256", "MANIFEST", "LICENSE", "guest-inittab", "packages", "exceptions")
FOLDERS = lint.OURS + ("run", ".ci/", "CMakeLists.txt", ".clang-format", ".clang-tidy")


def is_source(tree, name):
    if name.endswith((".c", ".h", ".S", ".asl", ".ld", ".py", ".cmake", "CMakeLists.txt", ".sh")):
        return True
    return not name.endswith(EXEMPT) and tree.text(name).startswith("#!")


def check(tree):
    for name in tree.files(under=FOLDERS):
        if not is_source(tree, name):
            continue
        head = tree.text(name).splitlines()[:2]
        is_c = name.endswith((".c", ".h", ".S", ".asl", ".ld"))
        expected = f"/* {LINE} */" if is_c else f"# {LINE}"
        if expected not in head:
            yield name, f"does not open with {expected}"


if __name__ == "__main__":
    lint.run(check)
