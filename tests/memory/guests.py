# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of failing memory share: Debian guests with the tools that look after memory."""

import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "lib"))
import debian_guest  # pylint: disable=wrong-import-position

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


sections = debian_guest.sections


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
    """A guest that runs this script, with tools of FETCHED and other files (HOST:GUEST). All that any
    test needs from Debian's archive is fetched."""
    packages = debian_guest.packages_folder(cache)
    debian_guest.fetch(cache, [package for names in FETCHED.values() for package in names])
    pairs = [f"{os.path.join(packages, FETCHED[tool][0], tool[1:])}:{tool}" for tool in tools]
    if "/usr/bin/decode-dimms" in tools:
        pairs += [f"{name}:{name}" for name in perl_files()]
    pairs += added
    if "/usr/bin/edac-util" in tools:
        pairs += edac_libraries(packages)
    debian_guest.make_initramfs(cache, target, os.path.join(HERE, script), pairs, "--modules", MODULES)


def run(program, cache, initramfs, append, *options):
    """Status, what the guest said, what the program said. Who takes too long is killed."""
    return debian_guest.run(
        [program, "run", "--headless", "--kernel", os.path.join(cache, "kernel/vmlinuz"), "--initrd",
         initramfs, "--append", f"console=ttyS0 quiet {append}".strip(), *options], RUN_SECONDS)
