# SPDX-License-Identifier: GPL-2.0-only
"""Each lint must be able to fail: violations are planted in small trees and must be found, one by
one, and the same tree without them must pass.
"""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SPDX = "/* SPDX-License-Identifier: GPL-2.0-only */\n"
HEADER = SPDX + "#pragma once\n\nint core_add(int a, int b);\n"
SOURCE = SPDX + '#include "emu/core/add.h"\n\nint core_add(int a, int b)\n{\n    return a + b;\n}\n'
TABLE = "| Package | Needed for | Why |\n|---|---|---|\n| `gcc` | boot | builds |\n"
CLEAN = {
    "emu/core/add.h": HEADER,
    "emu/core/add.c": SOURCE,
    "emu/cmake/packages": "gcc | boot | builds\n",
    "README.md": TABLE + "\n```sh test=fast\necho 1\n```\n",
}


def function(body, signature="int core_add(int a, int b)"):
    return SPDX + f'#include "emu/core/add.h"\n\n{signature}\n{{\n{body}}}\n'


# Lint -> (planted file, its text, what the finding must name).
PLANTED = {
    "includes": [
        ("emu/core/add.c", SOURCE.replace("emu/core/add.h", "emu/cpu/cpu.h"), "no such file"),
        ("emu/base/up.c", SOURCE, "emu/base may not include this"),
        ("devices/net/nic.c", SPDX + "#include <unicorn/unicorn.h>\n", "only emu/cpu"),
        ("devices/net/nic.c", SPDX + '#include "devices/net/nic.h"\n', "no such file"),
        ("emu/new/x.c", SOURCE, "has no entry"),
        ("firmware/core/x.c", SOURCE, "firmware may not include this"),
    ],
    "sizes": [
        ("emu/core/long.c", SPDX + "\n" * 800, "801 lines"),
        ("emu/core/add.c", function("    a++;\n" * 68), "emu/core/add.c:core_add"),
        ("emu/core/add.c", function("    return a;\n", "int f(int a, int b, int c, int d, int e,"
                                    "\n      int (*f)(int, int), int g)"), "7 parameters"),
        ("emu/core/add.c", function("    if (a) {\n    while (b) {\n    for (;;) {\n    if (b) {\n"
                                    + "    }\n" * 4), "nesting of 4"),
    ],
    "globals": [
        ("emu/core/state.c", SPDX + "int core_count;\n", "emu/core/state.c:core_count"),
        ("emu/core/state.c", SPDX + "static int hits = 3;\nint f(void);\nint f(void)\n{\n"
         "    return hits++;\n}\n", "emu/core/state.c:hits"),
        ("devices/x/y.c", SPDX + "int f(void);\nint f(void)\n{\n    static int calls;\n"
         "    return calls++;\n}\n", "devices/x/y.c:calls"),
        ("devices/x/y.c", SPDX + "_Thread_local int mine;\n", "devices/x/y.c:mine"),
    ],
    "banned": [
        ("devices/x/y.c", SPDX + "#include <time.h>\nlong f(void);\nlong f(void)\n{\n"
         "    return (long)time(NULL);\n}\n", "devices/x/y.c:time"),
        ("emu/core/y.c", SPDX + '#include <stdio.h>\nvoid f(void);\nvoid f(void)\n{\n'
         '    printf("hello\\n");\n}\n', "emu/core/y.c:puts"),
        ("emu/app/y.c", SPDX + "#include <string.h>\nvoid f(char *a, const char *b);\n"
         "void f(char *a, const char *b)\n{\n    strcpy(a, b);\n}\n", "emu/app/y.c:strcpy"),
        ("devices/x/y.c", SPDX + "double f(void);\n", "floating point"),
        ("emu/cpu/y.c", SPDX + "__attribute__((constructor)) void f(void);\n", "constructors"),
        ("emu/core/add.c", SOURCE + "#if 0\n#endif\n", "#if 0"),
        ("emu/core/add.h", HEADER + "typedef struct x x;\n", "typedef"),
        ("emu/core/add.h", HEADER + "/* TO" "DO later */\n", "finish it now"),
    ],
    "headers": [
        ("emu/core/bad.h", SPDX + "#pragma once\n\nuint8_t f(void);\n", "not compile alone with"),
        ("emu/core/bad.h", SPDX + "int f(void);\n", "no #pragma once"),
    ],
    "tidy": [
        ("emu/core/add.c", function("    return a == a ? b : 0;\n"), "misc-redundant-expression"),
    ],
    "links": [
        ("docs/a.md", "See [the tour](tour.md).\n", "a link to tour.md"),
        ("docs/a.md", "See `emu/core/gone.c`.\n", "emu/core/gone.c is not there"),
    ],
    "licence": [
        ("emu/core/add.c", SOURCE.replace(SPDX, ""), "emu/core/add.c"),
        ("tests/tools/x", "#!/bin/sh\nexit\n", "tests/tools/x"),
    ],
    "layout": [
        ("emu/core/add.c", SOURCE.replace("    return", "  return"), "clang-format -i"),
        ("docs/a.md", "text \n", "blanks at the end"),
        ("docs/a.md", "a\tb\n", "a tab"),
        ("docs/a.md", "text", "no newline"),
    ],
    "hosts": [
        ("tests/tools/x", "apt from deb" ".debian" ".org\n", "archive"),
        ("docs/a.md", "pip from ht" "tps://py" "pi" ".org/simple\n", "archive"),
        ("emu/cmake/x.cmake", "file(DOWNLOAD ht" "tp" + "://example/x)\n", "network address"),
    ],
    "packages": [
        ("README.md", "nothing\n", "the table lacks"),
        ("README.md", TABLE + "| `perl` | test | golf |\n", "perl is not in"),
        ("emu/cmake/packages", "gcc | fun | builds\n", "a reason"),
    ],
    "commands": [
        ("README.md", TABLE + "\n```sh\nls\n```\n", "says not how it is tested"),
        ("docs/a.md", "```sh test=never\nls\n```\n", "says not how it is tested"),
        ("docs/a.md", "```sh test=manual\nls\n```\n", "a reason"),
        ("docs/a.md", "```sh test=fast\nls\n", "never closed"),
        ("docs/a.md", "```\n$ ./run build\n```\n", "commands in a block"),
        ("docs/a.md", "```sh test=page\ntrue\n```\n```sh test=fast\ntrue\n```\n", "followed as a whole"),
    ],
}
NEED_OBJECTS = ("globals", "banned", "tidy")


def plant(root, files):
    for name, text in files.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def compile_all(root):
    """Object files and the list of them, as a build leaves both."""
    build = os.path.join(root, "build")
    commands = []
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(".c"):
                source = os.path.join(folder, name)
                output = os.path.relpath(source, root).replace("/", "_") + ".o"
                commands.append({"directory": build, "file": source,
                                 "command": f"gcc -O1 -I {root} -c {source} -o {output}"})
    os.makedirs(build)
    for command in commands:
        subprocess.run(command["command"].split(), cwd=build, check=True)
    plant(root, {"build/compile_commands.json": json.dumps(commands)})
    return ["--build", build]


def verdict(lint, files):
    """Status and output of a lint on a tree of these files."""
    with tempfile.TemporaryDirectory() as root:
        plant(root, files)
        plant(root, {".gitignore": "/build/\n"})
        for name in (".clang-format", ".clang-tidy"):
            with open(os.path.join(HERE, "../..", name), encoding="utf-8") as file:
                plant(root, {name: file.read()})
        subprocess.run(["git", "init", "-q", root], check=True)
        extra = compile_all(root) if lint in NEED_OBJECTS else []
        done = subprocess.run([sys.executable, os.path.join(HERE, lint + ".py"), "--root", root]
                              + extra, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


def failures(lint):
    status, output = verdict(lint, CLEAN)
    if status != 0:
        yield f"{lint}: a clean tree fails: {output}"
    for name, text, expected in PLANTED[lint]:
        status, output = verdict(lint, {**CLEAN, name: text})
        if status != 1 or expected not in output:
            yield f"{lint}: planted in {name}, expected '{expected}', status {status}: {output}"
    name, text, _ = PLANTED[lint][0]
    stale = {**CLEAN, "tests/lint/exceptions": f"{lint} no/such/file because\n"}
    status, output = verdict(lint, stale)
    if status != 1 or "excuses nothing" not in output:
        yield f"{lint}: a stale exception passes: {output}"


def main():
    lints = sorted(name[:-3] for name in os.listdir(HERE) if name.endswith(".py"))
    checks = [name for name in lints if name not in ("lint", "self_test")]
    found = [f"{name}: no planted violation in self_test.py"
             for name in checks if name not in PLANTED]
    for lint in sys.argv[1:] or sorted(PLANTED):
        found.extend(failures(lint))
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
