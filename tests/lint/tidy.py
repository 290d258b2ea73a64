# SPDX-License-Identifier: GPL-2.0-only
"""clang-tidy, with the checks of .clang-tidy, over every file that the build compiles."""

import concurrent.futures
import json
import os
import subprocess

import lint


def tidy(job):
    tree, name = job
    # The analyzer takes most of the time, and what it finds is what happens on paths that tests do not let happen.
    checks = ["--checks=-clang-analyzer-*"] if name.startswith("tests/") else []
    command = ["clang-tidy", "-p", tree.build, "--quiet", *checks, name]
    done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
    return name, done.returncode, done.stdout


def check(tree):
    with open(os.path.join(tree.build, "compile_commands.json"), encoding="utf-8") as file:
        built = {os.path.relpath(entry["file"], tree.root) for entry in json.load(file)}
    names = sorted(built & set(tree.files(".c", under=lint.OURS)))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, status, text in pool.map(tidy, [(tree, name) for name in names]):
            if status:
                yield name, text.strip().replace(tree.root + "/", "")


if __name__ == "__main__":
    lint.run(check)
