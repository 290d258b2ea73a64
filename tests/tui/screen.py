# SPDX-License-Identifier: GPL-2.0-only
"""Terminals of a tmux server of one's own, for programs that want one."""

import os
import re
import shutil
import subprocess
import tempfile
import time

UTF8 = "C.UTF-8"
PATIENCE = 20.0


class Screen:
    """A program in a window of a tmux server."""

    def __init__(self, command, size=(80, 24), term="screen-256color", locale=UTF8, env=None):
        self.folder = tempfile.mkdtemp(prefix="tui-test-")
        self.socket = os.path.join(self.folder, "tmux")
        self.env = {"PATH": os.environ["PATH"], "HOME": self.folder, "LC_ALL": UTF8,
                    "TERM": "screen-256color"}
        self.env.update(env or {})
        if "UBSAN_OPTIONS" in os.environ:
            self.env["UBSAN_OPTIONS"] = os.environ["UBSAN_OPTIONS"]
        # Curses never gives back all of a terminal's description; tui_test.c looks for leaks of ours.
        self.env["ASAN_OPTIONS"] = "detect_leaks=0"
        # The shell's line behind the program shows that the terminal works again.
        line = (f"stty -g >{self.folder}/before; env TERM={term} LC_ALL={locale} {command}; "
                f"status=$?; stty -g >{self.folder}/after; echo status=$status; cat")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), line)

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-u", "-S", self.socket] + list(arguments), env=self.env,
                              check=True, capture_output=True, text=True).stdout

    def keys(self, *names):
        for name in names:
            self.tmux("send-keys", name)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def mouse(self, code, x, y):
        """As xterm reports it (SGR); a button is let go again, the wheel is not."""
        self.type(f"\033[<{code};{x + 1};{y + 1}M")
        if code < 64:
            self.type(f"\033[<{code};{x + 1};{y + 1}m")

    def rows(self, *options):
        """Every row, empty ones too: a screen that is being drawn anew has as many as ever."""
        return self.tmux("capture-pane", "-p", *options).removesuffix("\n").split("\n")

    def wait(self, what, *options, patience=PATIENCE):
        """Until `what`, a regular expression, is seen, or a function of the rows holds."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            rows = self.rows(*options)
            if what(rows) if callable(what) else re.search(what, "\n".join(rows)):
                return rows
            time.sleep(0.05)
        raise AssertionError(f"never seen: {what!r}; seen:\n" + "\n".join(self.rows(*options)))

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def settings(self):
        result = []
        for name in ("before", "after"):
            with open(os.path.join(self.folder, name), encoding="ascii") as file:
                result.append(file.read())
        return result

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.env, check=False,
                       capture_output=True)
        shutil.rmtree(self.folder)


def expect(condition, what, screen):
    if not condition:
        raise AssertionError(f"{what}; seen:\n" + "\n".join(screen.rows()))
