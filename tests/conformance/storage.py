# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of the disk share: guests with tools from Debian packages, runs with a disk, and
the disk's contents on the host. Each takes a QEMU in place of the emulator as well (then a disk is
a raw file, and what only the emulator can do is not asked for): a quick answer to "is it the test
or the machine?"
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(ROOT, "tests/lib"))
import debian_guest  # pylint: disable=wrong-import-position

LIBRARIES = "usr/lib/x86_64-linux-gnu"
RUN_SECONDS = 300
MODULES = "nvme crc32c_generic crc32c_intel ext4"
FIO = "/usr/bin/fio"
# Guest tool -> its Debian packages, fetched and unpacked for the test.
FETCHED = {
    "/usr/sbin/nvme": ("nvme-cli", "libnvme1", "libjson-c5"),
    FIO: ("fio", "libaio1", "libnuma1"),
    "/sbin/sfdisk": ("fdisk", "libfdisk1"),
}
# Guest tool -> the Debian package that the host has it from.
INSTALLED = {
    "/sbin/mkfs.ext4": "e2fsprogs",
    "/sbin/e2fsck": "e2fsprogs",
    "/sbin/blkdiscard": "util-linux",
    "/bin/dd": "coreutils",
    "/usr/bin/lspci": "pciutils",
}
# The libraries that fio does its own work with; the others are for network storage, and large.
FIO_NEEDS = ("libc.so", "libm.so", "libz.so", "libaio.so", "libnuma.so")
RECORD_LOAD = "build/tests/conformance/record_load"

sections = debian_guest.sections


def host_tool(name, package):
    path = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
    if not path:
        sys.exit(f"{name} is missing (Debian: {package})")
    return path


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def foreign_symbols(program):
    """Library -> version -> the symbols that the program takes from it. Without a version ('') they
    are told by their names: what begins with rbd_ is librbd's."""
    needed = re.findall(r"NEEDED.*\[(.*)\]", output("readelf", "-d", program))
    owner, library = {}, None
    for file, version in re.findall(r"File: (\S+)|Name: (\S+) ", output("readelf", "-VW", program)):
        library = file or library
        owner[version] = library
    found = {name: {} for name in needed}
    for line in output("nm", "-D", "--undefined-only", program).splitlines():
        symbol, _, version = line.split()[-1].partition("@")
        stem = f"lib{symbol.partition('_')[0]}.so."
        names = [owner[version]] if version else [name for name in needed if name.startswith(stem)]
        for name in names:
            found[name].setdefault(version, []).append(symbol)
    return found


def stub_libraries(program, packages):
    """fio wants every library that it could ever use to be there. Those of network storage, some
    30 MB, are empty shells here: the symbols, and nothing behind them."""
    folder = os.path.join(packages, "fio-shells", LIBRARIES)
    os.makedirs(folder, exist_ok=True)
    for library, versions in foreign_symbols(program).items():
        path = os.path.join(folder, library)
        if library.startswith(FIO_NEEDS) or os.path.exists(path):
            continue
        text = "".join(f"void {symbol}(void) {{ __builtin_trap(); }}\n"
                       for names in versions.values() for symbol in names)
        with tempfile.TemporaryDirectory() as work:
            script, result = os.path.join(work, "versions"), os.path.join(work, library)
            with open(script, "w", encoding="ascii") as file:
                file.writelines(f"{version} {{ global: {'; '.join(names)}; }};\n"
                                for version, names in versions.items() if version)
                file.write("" if any(versions) else "{ global: *; };\n")
            subprocess.run(["gcc", "-shared", "-fPIC", "-O1", f"-Wl,-soname,{library}",
                            f"-Wl,--version-script={script}", "-x", "c", "-", "-o", result],
                           input=text, text=True, check=True)
            shutil.move(result, f"{path}.{os.getpid()}")
            os.replace(f"{path}.{os.getpid()}", path)


def fetch(cache, tools):
    """What the tools need from Debian's archive, below CACHE/packages."""
    debian_guest.fetch(cache, [package for tool in tools for package in FETCHED.get(tool, ())])
    if FIO in tools:
        packages = debian_guest.packages_folder(cache)
        stub_libraries(os.path.join(packages, "fio", FIO[1:]), packages)


def make_initramfs(cache, target, script, tools, added=()):
    """A guest that runs this script, with these tools (paths in the guest) and other files
    (HOST:GUEST)."""
    pairs = [*added]
    fetch(cache, tools)
    for tool in tools:
        if tool in FETCHED:
            path = os.path.join(debian_guest.packages_folder(cache), FETCHED[tool][0], tool[1:])
        else:
            path = host_tool(os.path.basename(tool), INSTALLED[tool])
        pairs.append(f"{path}:{tool}")
    debian_guest.make_initramfs(cache, target, os.path.join(HERE, script), pairs, "--load", MODULES)


def record_load():
    """The guest program record_load.c, which CMake names to the tests that need it."""
    path = os.environ.get("SPACEGRAY_RECORD_LOAD", os.path.join(ROOT, RECORD_LOAD))
    if not os.path.exists(path):
        sys.exit(f"{path} is missing: build everything first")
    return path


def room(folder):
    """Bytes that a disk takes on the host."""
    return int(output("du", "-s", "--block-size=1", folder).split()[0])


class Machine:
    """The program under test with Debian's kernel."""

    def __init__(self, program, cache):
        self.program = program
        self.kernel = os.path.join(cache, "kernel/vmlinuz")
        self.is_qemu = os.path.basename(program).startswith("qemu-")

    def create(self, disk, size):
        if self.is_qemu:
            os.mkdir(disk)
            with open(os.path.join(disk, "raw"), "wb") as file:
                file.truncate(size)
        else:
            self.disk("create", disk, "--size", str(size))

    def disk(self, *arguments):
        """spacegray disk ...: its output."""
        done = subprocess.run([self.program, "disk", *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"`disk {' '.join(arguments)}`: status {done.returncode}: {done.stdout}"
                     f"{done.stderr}")
        return done.stdout + done.stderr

    def export(self, disk, target):
        if self.is_qemu:
            shutil.copyfile(os.path.join(disk, "raw"), target)
        else:
            self.disk("export", disk, target, "--force")

    def command(self, disk, initramfs, append, *options):
        append = f"console=ttyS0 quiet {append}".strip()
        if self.is_qemu:
            # On one processor: its shadow doorbells (7.2) lose some on several, and the guest waits.
            return ["taskset", "-c", str(max(os.sched_getaffinity(0))), self.program,
                    "-m", "512M", "-nographic", "-nodefaults", "-serial", "stdio",
                    "-accel", "tcg", "-kernel", self.kernel, "-initrd", initramfs, "-append", append,
                    "-drive", f"file={disk}/raw,if=none,id=d,format=raw,discard=unmap",
                    "-device", "nvme,serial=1,drive=d,logical_block_size=4096,max_ioqpairs=1,"
                    "physical_block_size=4096"]
        return [self.program, "run", "--headless", "--memory", "512M", "--kernel", self.kernel,
                "--initrd", initramfs, "--append", append, "--disk", disk, *options]

    def run(self, disk, initramfs, append, *options):
        """Status, what the guest said, what the program said. Who takes too long is killed."""
        return debian_guest.run(self.command(disk, initramfs, append, *options), RUN_SECONDS)


def limit(machine, time):
    """Options that end a run which does not end by itself."""
    return () if machine.is_qemu else ("--until", time)
