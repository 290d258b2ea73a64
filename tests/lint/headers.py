# SPDX-License-Identifier: GPL-2.0-only
"""Every header has #pragma once and compiles alone, with every compiler there is."""

import concurrent.futures
import os
import shutil
import subprocess
import tempfile

import lint

FLAGS = ("-std=c17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wvla "
         "-Wswitch-enum -Werror -fsyntax-only -x c").split()


def include_flags(tree):
    """Where the libraries are that were not installed but fetched."""
    fetched = tree.path("build/cache/unicorn/usr/include")
    return ["-I", tree.root] + (["-isystem", fetched] if os.path.isdir(fetched) else [])


def compile_alone(job):
    compiler, flags, name, folder = job
    unit = os.path.join(folder, name.replace("/", "_") + ".c")
    with open(unit, "w", encoding="ascii") as file:
        file.write(f'#include "{name}"\n#include "{name}"\nextern int not_empty;\n')
    done = subprocess.run([compiler] + FLAGS + flags + [unit], capture_output=True, text=True,
                          check=False)
    return name, compiler, done.returncode, done.stderr


def check(tree):
    headers = tree.files(".h", under=lint.OURS)
    compilers = [name for name in ("gcc", "clang") if shutil.which(name)]
    flags = include_flags(tree)
    for name in headers:
        if "#pragma once" not in tree.text(name):
            yield name, "no #pragma once"
    with tempfile.TemporaryDirectory() as folder:
        jobs = [(compiler, flags, name, os.path.join(folder, compiler))
                for compiler in compilers for name in headers]
        for compiler in compilers:
            os.mkdir(os.path.join(folder, compiler))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for name, compiler, status, text in pool.map(compile_alone, jobs):
                if status:
                    yield name, f"does not compile alone with {compiler}:\n{text.rstrip()}"


if __name__ == "__main__":
    lint.run(check)
