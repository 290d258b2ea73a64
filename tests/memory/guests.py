# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of failing memory share: Debian guests with the tools that look after memory."""

import os
import re
import shutil
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TOOLS = os.path.join(ROOT, "tests/tools")
RUN_SECONDS = 400
MODULES = "skx_edac i2c_i801 ee1004 jc42"
# Guest program -> its Debian packages, fetched and unpacked for the test.
FETCHED = {
    "/usr/sbin/rasdaemon": ("rasdaemon", "libsqlite3-0"),
    "/usr/bin/edac-util": ("edac-utils", "libedac1", "libsysfs2"),
    "/usr/bin/decode-dimms": ("i2c-tools",),
    "/usr/sbin/dmidecode": ("dmidecode",),
}
PERL_ASKS = """
use Fcntl qw(:DEFAULT :seek); use POSIX qw(ceil); use File::Basename; use strict; use vars qw($x);
use constant A => 1; print join "\\n", values %INC, @DynaLoader::dl_shared_objects;
"""


def fetch(cache):
    """What the guests need from Debian's archive, below CACHE/packages."""
    packages = os.path.join(cache, "packages")
    os.makedirs(packages, exist_ok=True)
    for names in FETCHED.values():
        for package in names:
            subprocess.run(["sh", os.path.join(TOOLS, "fetch-package"), package, packages], check=True)


def perl_files():
    """The host's perl and those of its files that decode-dimms uses."""
    perl = shutil.which("perl") or sys.exit("perl is missing (Debian: perl-base)")
    done = subprocess.run([perl, "-e", PERL_ASKS], check=True, stdout=subprocess.PIPE, text=True)
    return [perl] + sorted(done.stdout.split())


def edac_libraries(packages):
    """Its package has its library where make-initramfs does not look."""
    for package, name in (("libedac1", "libedac.so.1"), ("libsysfs2", "libsysfs.so.2")):
        for folder, _, names in os.walk(os.path.join(packages, package, "usr/lib")):
            if name in names:
                yield f"{os.path.join(folder, name)}:/usr/lib/{name}"


def make_initramfs(cache, target, script, tools, added=()):
    """A guest that runs this script, with tools of FETCHED and other files (HOST:GUEST)."""
    packages = os.path.join(cache, "packages")
    fetch(cache)
    command = ["sh", os.path.join(TOOLS, "make-initramfs"), "--packages", packages,
               "--run", os.path.join(HERE, script), "--modules", MODULES,
               "--kernel", os.path.join(cache, "kernel")]
    if "/usr/bin/edac-util" in tools:
        added = [*added, *edac_libraries(packages)]
    pairs = [f"{os.path.join(packages, FETCHED[tool][0], tool[1:])}:{tool}" for tool in tools]
    if "/usr/bin/decode-dimms" in tools:
        pairs += [f"{name}:{name}" for name in perl_files()]
    for pair in [*pairs, *added]:
        command += ["--add", pair]
    subprocess.run(command + [target], check=True)


def sections(text):
    """Name -> what was said between `== NAME` and the next such line."""
    parts = re.split(r"^== (\S+)$", text, flags=re.M)
    return dict(zip(parts[1::2], (part.strip("\n") for part in parts[2::2])))


def run(program, cache, initramfs, append, *options):
    """Status, what the guest said, what the program said. Who takes too long is killed."""
    command = [program, "run", "--headless", "--kernel", os.path.join(cache, "kernel/vmlinuz"),
               "--initrd", initramfs, "--append", f"console=ttyS0 quiet {append}".strip(), *options]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    guard = threading.Timer(RUN_SECONDS, process.kill)
    guard.start()
    said, trouble = process.communicate()
    guard.cancel()
    return (process.returncode, said.decode(errors="replace").replace("\r", ""),
            trouble.decode(errors="replace"))
