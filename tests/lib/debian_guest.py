# SPDX-License-Identifier: GPL-2.0-only
"""What tests with a guest of Debian's kernel share: packages from Debian's archive, an initramfs that
runs a script, a run that ends, and what was said in it.
"""

import os
import re
import subprocess
import threading

TOOLS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools")


def packages_folder(cache):
    return os.path.join(cache, "packages")


def fetch(cache, packages):
    """These packages, unpacked below CACHE/packages."""
    folder = packages_folder(cache)
    os.makedirs(folder, exist_ok=True)
    for package in packages:
        subprocess.run(["sh", os.path.join(TOOLS, "fetch-package"), package, folder], check=True)


def make_initramfs(cache, target, script, pairs, *options):
    """A guest that runs this script, with these files (HOST:GUEST); more options of make-initramfs."""
    command = ["sh", os.path.join(TOOLS, "make-initramfs"), "--packages", packages_folder(cache),
               "--run", script, "--kernel", os.path.join(cache, "kernel"), *options]
    for pair in pairs:
        command += ["--add", pair]
    subprocess.run(command + [target], check=True)


def sections(text):
    """Name -> what was said between `== NAME` and the next such line."""
    parts = re.split(r"^== (\S+)$", text.replace("\r", ""), flags=re.M)
    return dict(zip(parts[1::2], (part.strip("\n") for part in parts[2::2])))


def run(command, seconds):
    """Status, what the guest said, what the program said. Who takes longer is killed."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    guard = threading.Timer(seconds, process.kill)
    guard.start()
    said, trouble = process.communicate()
    guard.cancel()
    return (process.returncode, said.decode(errors="replace").replace("\r", ""),
            trouble.decode(errors="replace"))
