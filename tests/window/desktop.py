# SPDX-License-Identifier: GPL-2.0-only
"""A screen nobody sees (Xvfb) with a window manager (openbox) on it, hands (xdotool) and eyes (the
file that Xvfb keeps its pixels in)."""

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

SKIPPED = 77
TOOLS = ("Xvfb", "openbox", "xdotool")
# No frames, so that a window is where xdotool says that it is (it counts a frame twice).
PLAIN = """<openbox_config>
<keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard>
<theme><keepBorder>no</keepBorder></theme>
<applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>
"""
RIGHT_CTRL = "105"  # X key codes are Linux key codes + 8


def require_tools():
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        print("missing: " + ", ".join(missing))
        sys.exit(SKIPPED)


def wait_until(question, what, seconds=10):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Image:
    """Pixels as 3 bytes each."""

    def __init__(self, width, height, rgb):
        self.width, self.height, self.rgb = width, height, rgb

    def at(self, x, y):
        start = (y * self.width + x) * 3
        return tuple(self.rgb[start:start + 3])

    def part(self, x, y, width, height):
        rows = [self.rgb[(row * self.width + x) * 3:(row * self.width + x + width) * 3]
                for row in range(y, y + height)]
        return Image(width, height, b"".join(rows))

    def save(self, path):
        """As a PNG file."""
        def chunk(name, data):
            body = name + data
            return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
        rows = b"".join(b"\0" + self.rgb[y * self.width * 3:(y + 1) * self.width * 3]
                        for y in range(self.height))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
                       chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


class Desktop:
    """Use as a context: everything it started ends with it."""

    def __init__(self, width=1600, height=1000, has_frames=False):
        self.folder = tempfile.mkdtemp(prefix="desktop-")
        self.processes = []
        reader, writer = os.pipe()
        # A server that has lost its last client starts anew, and with it the window manager that is just coming.
        self.start(["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp", "-noreset", "-fbdir", self.folder,
                    "-screen", "0", f"{width}x{height}x24"], pass_fds=(writer,))
        os.close(writer)
        with os.fdopen(reader) as numbers:
            self.display = ":" + numbers.readline().strip()
        self.env = {key: value for key, value in os.environ.items() if key != "WAYLAND_DISPLAY"}
        self.env["DISPLAY"] = self.display
        settings = [] if has_frames else ["--config-file", os.path.join(self.folder, "rc.xml")]
        if settings:
            with open(settings[1], "w", encoding="ascii") as file:
                file.write(PLAIN)
        self.start(["openbox", "--sm-disable"] + settings, env=self.env)
        try:
            wait_until(lambda: self.ask("get_desktop").returncode == 0, "the window manager", 60)
        except AssertionError:
            self.__exit__()
            raise

    def start(self, command, **options):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, **options)
        self.processes.append(process)
        return process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end(0)
        shutil.rmtree(self.folder, ignore_errors=True)

    def end(self, kept):
        """Ends all processes but the first ones."""
        while len(self.processes) > kept:
            process = self.processes.pop()
            process.terminate()
            process.wait()

    # ---- Hands ----

    def ask(self, *words):
        return subprocess.run(["xdotool"] + [str(word) for word in words], env=self.env, text=True,
                              capture_output=True, timeout=30, check=False)

    def do(self, *words):
        done = self.ask(*words)
        if done.returncode != 0:
            raise AssertionError(f"xdotool {words}: {done.stderr.strip()}")
        return done.stdout

    def host_key(self, *keys):
        """Keys with the right Ctrl held."""
        self.do("keydown", RIGHT_CTRL)
        for key in keys:
            self.do("key", key)
        self.do("keyup", RIGHT_CTRL)

    def find_window(self, name):
        found = self.ask("search", "--onlyvisible", "--name", name).stdout.split()
        return found[-1] if found else None

    def title(self, window):
        return self.do("getwindowname", window).strip()

    def place(self, window):
        """x, y, width and height of what is inside its frame."""
        text = self.do("getwindowgeometry", "--shell", window)
        fields = dict(re.findall(r"(\w+)=(-?\d+)", text))
        return tuple(int(fields[key]) for key in ("X", "Y", "WIDTH", "HEIGHT"))

    # ---- Eyes ----

    def look(self):
        """The whole screen now. The file is in the format of xwd: see XWDFile.h of X11."""
        with open(os.path.join(self.folder, "Xvfb_screen0"), "rb") as file:
            data = file.read()
        header = struct.unpack(">25I", data[:100])
        size, width, height, line, colors = header[0], header[4], header[5], header[12], header[19]
        start = size + colors * 12
        bgrx = b"".join(data[start + y * line:start + y * line + width * 4] for y in range(height))
        rgb = bytearray(width * height * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = bgrx[2::4], bgrx[1::4], bgrx[0::4]
        return Image(width, height, bytes(rgb))

    def look_at(self, window):
        x, y, width, height = self.place(window)
        return self.look().part(x, y, width, height)
