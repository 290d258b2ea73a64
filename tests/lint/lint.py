# SPDX-License-Identifier: GPL-2.0-only
"""What the lint scripts share.

A lint is a script with a function check(tree) that yields findings (subject, message), where the
subject is a file, or file:symbol. `run` prints what is found and ends with status 1 if there is
anything. A finding may be excused in tests/lint/exceptions, one per line:

    <lint> <subject> <reason>

An exception that excuses nothing is a finding too, so that the list can only shrink.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys

C_FILES = (".c", ".h")
OURS = ("emu/", "devices/", "firmware/", "roms/", "tests/")


class Tree:
    """The files of one source tree, and what a build made of them."""

    def __init__(self, root, build=None):
        self.root = os.path.abspath(root)
        self.build = os.path.abspath(build) if build else None

    def files(self, *endings, under=("",)):
        """Paths from the root, sorted: tracked ones and new ones that are not ignored."""
        git = ["git", "-C", self.root, "ls-files", "-z", "-co", "--exclude-standard"]
        names = subprocess.run(git, check=True, capture_output=True).stdout.decode().split("\0")
        return sorted({
            name for name in names
            if name and name.endswith(endings or ("",)) and name.startswith(tuple(under))
            and os.path.isfile(self.path(name))
        })

    def path(self, name):
        return os.path.join(self.root, name)

    def text(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return file.read()

    def objects(self, *folders):
        """(source, object file) of everything built from these folders."""
        with open(os.path.join(self.build, "compile_commands.json"), encoding="utf-8") as file:
            commands = json.load(file)
        for command in commands:
            source = os.path.relpath(command["file"], self.root)
            words = shlex.split(command["command"])
            built = os.path.join(command["directory"], words[words.index("-o") + 1])
            if source.startswith(folders) and os.path.exists(built):
                yield source, built


def without_comments(text, keep_strings=False):
    """C text with comments (and the insides of strings) blanked, line numbers kept."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''

    def blank(match):
        token = match.group(0)
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token)
        return token if keep_strings else token[0] + " " * (len(token) - 2) + token[0]

    return re.sub(pattern, blank, text, flags=re.S)


def read_exceptions(tree, lint):
    """{subject: reason} of this lint; wrong lines end the program."""
    found = {}
    path = "tests/lint/exceptions"
    if not os.path.exists(tree.path(path)):
        return found
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(None, 2)
        if len(words) < 3:
            sys.exit(f"{path}:{number}: an exception is: <lint> <subject> <reason>")
        if words[0] == lint:
            found[words[1]] = words[2]
    return found


def run(check):
    """The main program of a lint script."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--root", default=".", help="source tree")
    parser.add_argument("--build", help="build folder, for lints that read object files")
    options = parser.parse_args()
    tree = Tree(options.root, options.build)
    lint = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    excused = read_exceptions(tree, lint)
    used = set()
    count = 0
    for subject, message in check(tree):
        if subject in excused:
            used.add(subject)
            continue
        print(f"{subject}: {message}")
        count += 1
    for subject in sorted(set(excused) - used):
        print(f"{subject}: the exception for {lint} excuses nothing any more")
        count += 1
    if count:
        sys.exit(f"{lint}: {count} finding(s)")
