# SPDX-License-Identifier: GPL-2.0-only
"""Limits: file 800 lines, function 70 lines, six parameters, nesting of three."""

import re

import lint

FILE_LINES = 800
FUNCTION_LINES = 70
PARAMETERS = 6
NESTING = 3


def functions(text):
    """(name, first line, lines, parameters, deepest nesting); relies on the layout of
    .clang-format: only a function's body opens and closes in column 0 on lines of their own."""
    lines = lint.without_comments(text).splitlines()
    begin = None
    for number, line in enumerate(lines):
        if line.rstrip() == "{":
            begin = number
        elif line.rstrip() == "}" and begin is not None:
            first = begin
            while first > 0 and not re.search(r"[;}#]|^\s*$|\\$", lines[first - 1]):
                first -= 1
            signature = " ".join(lines[first:begin])
            yield (name_of(signature), first + 1, number - first + 1, parameters(signature),
                   nesting(lines[begin:number + 1]))
            begin = None


def name_of(signature):
    match = re.search(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", signature))
    return match.group(1) if match else signature.strip()


def parameters(signature):
    """Commas at the first level of the parameter list, plus one."""
    match = re.search(r"\w+\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", signature))
    if not match:
        return 0
    depth = 0
    count = 1
    for char in signature[match.end() - 1:]:
        depth += (char == "(") - (char == ")")
        count += char == "," and depth == 1
        if depth == 0:
            break
    return count


def nesting(body):
    """How deep statements of control nest; a `case` is no level of its own."""
    deepest = 0
    depth = 0
    control = []
    for line in body[1:-1]:
        if re.match(r"\s*(\} )?(if|else|for|while|do|switch)\b", line) and line.rstrip()[-1:] == "{":
            opens_control = True
        else:
            opens_control = False
        for char in line:
            if char == "{":
                control.append(opens_control)
                depth += opens_control
                opens_control = False
                deepest = max(deepest, depth)
            elif char == "}" and control:
                depth -= control.pop()
    return deepest


def check(tree):
    for name in tree.files(under=lint.OURS + ("run", ".ci/", "CMakeLists.txt", "docs/")):
        if not name.endswith((".c", ".h", ".S", ".py", ".txt", ".cmake", ".asl", "run")):
            continue
        text = tree.text(name)
        count = len(text.splitlines())
        if count > FILE_LINES:
            yield name, f"{count} lines, {FILE_LINES} allowed"
        if not name.endswith(lint.C_FILES):
            continue
        for function, line, lines, arguments, deepest in functions(text):
            subject = f"{name}:{function}"
            if lines > FUNCTION_LINES:
                yield subject, f"line {line}: {lines} lines, {FUNCTION_LINES} allowed"
            if arguments > PARAMETERS:
                yield subject, f"line {line}: {arguments} parameters, {PARAMETERS} allowed"
            if deepest > NESTING:
                yield subject, f"line {line}: nesting of {deepest}, {NESTING} allowed"


if __name__ == "__main__":
    lint.run(check)
