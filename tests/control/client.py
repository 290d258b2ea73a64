# SPDX-License-Identifier: GPL-2.0-only
"""A machine with a control socket, and a client of it."""

import json
import os
import re
import socket
import subprocess
import time

PATIENCE = 60  # seconds; what takes longer hangs


class Ended(Exception):
    """The other side has closed the connection."""


class Client:
    def __init__(self, path):
        deadline = time.monotonic() + PATIENCE
        self.events = []
        self.rest = b""
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(PATIENCE)
            try:
                self.socket.connect(path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                self.socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def send(self, *commands):
        """Objects, or bytes as they are; all at once."""
        lines = [c if isinstance(c, bytes) else json.dumps(c).encode() + b"\n" for c in commands]
        self.socket.sendall(b"".join(lines))

    def line(self):
        while b"\n" not in self.rest:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:  # closed with something unread
                piece = b""
            if not piece:
                raise Ended
            self.rest += piece
        line, self.rest = self.rest.split(b"\n", 1)
        assert line.endswith(b"\r"), line
        return json.loads(line)

    def answer(self):
        """The next line that is no event; events are kept."""
        while "event" in (line := self.line()):
            self.events.append(line)
        return line

    def event(self, name):
        """The next event of that name; others before it are dropped."""
        while True:
            event = self.events.pop(0) if self.events else self.line()
            assert "event" in event, event
            if event["event"] == name:
                return event

    def ask(self, name, **arguments):
        """What the command returns."""
        self.send({"execute": name, "arguments": arguments} if arguments else {"execute": name})
        answer = self.answer()
        assert "return" in answer, (name, arguments, answer)
        return answer["return"]

    def refused(self, name, **arguments):
        """The sentence with which the command is refused."""
        self.send({"execute": name, "arguments": arguments})
        answer = self.answer()
        assert "error" in answer, (name, arguments, answer)
        return answer["error"]["desc"]

    def close(self):
        self.socket.close()


class Process:
    """The program with a control socket at `path`."""

    def __init__(self, path, *command):
        self.path = path
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)

    def client(self, greeted=True):
        client = Client(self.path)
        if greeted:
            assert "QMP" in client.line()
        return client

    def end(self):
        """(status, standard error)"""
        _, said = self.process.communicate(timeout=PATIENCE)
        assert not os.path.exists(self.path), "the socket is still there"
        return self.process.returncode, said

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


class Run(Process):
    """spacegray run with a control socket in a folder of its own."""

    def __init__(self, program, folder, *options, control=True):
        path = os.path.join(folder, "control.sock")
        if control:
            options = ("--control", path, *options)
        super().__init__(path, program, "run", "--headless", "--serial", "none", "--memory", "512M", "--hash",
                         *options)


class Debug(Process):
    """spacegray debug with one."""

    def __init__(self, program, folder, recording, *options):
        path = os.path.join(folder, "debug.sock")
        super().__init__(path, program, "debug", recording, "--control", path, *options)


def hash_of(said):
    return re.search(r"^trace hash: ([0-9a-f]{16})  virtual time: (\d+) ps$", said, flags=re.M).groups()
