# SPDX-License-Identifier: GPL-2.0-only
"""Each command that README.md and docs/ show is run by a test.

A block of commands is fenced as `sh` with, on the same line, how it is tested:

    ```sh test=fast                         run by the fast part
    ```sh test=slow                         run by the slow part
    ```sh test=slow prompt="/ # " send="poweroff"
                                            ... and answered: when the prompt is printed, this line
                                            is typed
    ```sh test=manual reason="needs a display"
                                            not run, for a stated reason
    ```sh test=page                         the page is followed as a whole, and what it shows is compared:
                                            tests/tools/read-along has more

A tested block is run by `sh -eu` from the top of the tree and must end with status 0. Other fences
(text, c, ...) are not commands and must not look like them. Without arguments this program checks
that each block says how it is tested; --list prints file, number and test of each block for CMake;
--run FILE NUMBER runs one.
"""

import os
import re
import shlex
import subprocess
import sys

import lint


class Block:
    def __init__(self, name, line, info, number):
        self.name, self.line, self.number = name, line, number
        self.language, _, rest = info.partition(" ")
        self.options = dict(re.findall(r'(\w+)=("[^"]*"|\S+)', rest))
        self.options = {key: value.strip('"') for key, value in self.options.items()}
        self.text = ""
        self.closed = False


def blocks(tree):
    for name in tree.files(".md", under=("README.md", "docs/")):
        block = None
        number = 0
        for line_number, line in enumerate(tree.text(name).splitlines(), 1):
            if block is None and line.startswith("```"):
                number += line.startswith("```sh")
                block = Block(name, line_number, line[3:].strip(), number)
            elif block is not None and line.strip() == "```":
                block.closed = True
                yield block
                block = None
            elif block is not None:
                block.text += line + "\n"
        if block is not None:
            yield block


def check(tree):
    followed = {block.name for block in blocks(tree) if block.options.get("test") == "page"}
    for block in blocks(tree):
        where = f"line {block.line}"
        if not block.closed:
            yield block.name, f"{where}: the block is never closed"
        elif block.language != "sh":
            if re.search(r"^(\$ |\./run |spacegray )", block.text, flags=re.M):
                yield block.name, f"{where}: commands in a block that is not fenced as sh"
        elif block.options.get("test") not in ("fast", "slow", "page", "manual"):
            yield block.name, f"{where}: the block says not how it is tested"
        elif block.options["test"] in ("fast", "slow") and block.name in followed:
            yield block.name, f"{where}: the page is followed as a whole: test=page"
        elif block.options["test"] == "manual" and not block.options.get("reason"):
            yield block.name, f"{where}: test=manual needs a reason"


def converse(script, prompt, answer):
    """Runs the script, types the answer when the prompt appears, returns the status."""
    source = subprocess.PIPE if prompt else subprocess.DEVNULL
    process = subprocess.Popen(["sh", "-euc", script], stdin=source,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen = b""
    while chunk := os.read(process.stdout.fileno(), 4096):
        sys.stdout.buffer.write(chunk)
        sys.stdout.flush()
        seen += chunk
        if prompt and prompt.encode() in seen:
            process.stdin.write(answer.encode() + b"\n")
            process.stdin.flush()
            prompt = None
    if prompt:
        print(f"the prompt {shlex.quote(prompt)} never came")
    return process.wait() or bool(prompt)


def run_block(tree, name, number):
    block = next((b for b in blocks(tree) if b.name == name and b.number == number
                  and b.language == "sh"), None)
    if block is None:
        sys.exit(f"{name} has no command block {number}")
    os.chdir(tree.root)
    print(block.text)
    sys.stdout.flush()
    sys.exit(converse(block.text, block.options.get("prompt"), block.options.get("send", "")))


def main():
    if sys.argv[1:2] == ["--list"]:
        for block in blocks(lint.Tree(".")):
            if block.options.get("test") in ("fast", "slow") and block.language == "sh":
                print(f"{block.name}|{block.number}|{block.options['test']}")
    elif sys.argv[1:2] == ["--run"] and len(sys.argv) == 4:
        run_block(lint.Tree("."), sys.argv[2], int(sys.argv[3]))
    else:
        lint.run(check)


if __name__ == "__main__":
    main()
