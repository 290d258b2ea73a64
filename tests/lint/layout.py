# SPDX-License-Identifier: GPL-2.0-only
"""C files are laid out as .clang-format says; text files end in one newline, without tabs."""

import re
import subprocess

import lint


def check(tree):
    names = tree.files(*lint.C_FILES, under=lint.OURS)
    if names:
        done = subprocess.run(["clang-format", "--dry-run", "--ferror-limit=1"] + names,
                              cwd=tree.root, capture_output=True, text=True, check=False)
        if done.returncode:
            yield ".clang-format", done.stderr
        for name, line in re.findall(r"^(\S+?):(\d+):\d+: warning:", done.stderr, flags=re.M):
            yield name, f"line {line}: run `clang-format -i {name}`"
    for name in tree.files(*lint.C_FILES, ".S", ".asl", ".py", ".cmake", "CMakeLists.txt", ".md",
                           under=lint.OURS + ("docs/", "README.md", "CMakeLists.txt")):
        text = tree.text(name)
        if text and not text.endswith("\n"):
            yield name, "no newline at the end"
        for number, line in enumerate(text.splitlines(), 1):
            if line != line.rstrip():
                yield name, f"line {number}: blanks at the end"
            if "\t" in line and not name.endswith(".S"):
                yield name, f"line {number}: a tab"


if __name__ == "__main__":
    lint.run(check)
