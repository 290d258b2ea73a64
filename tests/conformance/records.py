# SPDX-License-Identifier: GPL-2.0-only
"""What record_load.c wrote, looked for in an image of the disk: what it said was safe before a moment
must be there and whole, and nothing that it began later may be.
"""

import collections
import os
import re
import struct
import subprocess
import zlib

import storage

RECORD_BYTES = 1000
BLOCK_BYTES = 4096
SLOT_BLOCKS = 4
MAGIC = 0x44524753
TICK_PS = (625, 2)  # a tick of the TSC (3.2 GHz) in picoseconds, as a fraction
ALWAYS = 1 << 63    # a moment after everything
FILES = ("records", "slots", "state")

Operation = collections.namedtuple("Operation", "kind index number begun safe")


def operations(text):
    """The lines of record_load."""
    rows = re.findall(r"^op (\w) (\d+) (\d+) (\d+) (\d+)$", text.replace("\r", ""), re.M)
    return [Operation(row[0], *map(int, row[1:])) for row in rows]


def ticks_to_ps(ticks):
    return ticks * TICK_PS[0] // TICK_PS[1]


def head(piece):
    """(index, number) of a whole piece, or None."""
    magic, total, index, number = struct.unpack_from("<4I", piece)
    return (index, number) if magic == MAGIC and zlib.crc32(piece[8:]) == total else None


def check_piece(what, piece, bounds):
    """The number of a piece is within bounds: at least the last one that was safe (None: none was), at
    most the last one that was begun."""
    safe, begun = bounds
    found = head(piece)
    if found is None:
        if safe is not None or any(piece):
            yield f"{what} is " + ("lost" if not any(piece) else "torn or damaged")
        return
    if safe is not None and found[1] < safe:
        yield f"{what} is number {found[1]}; {safe} was safe"
    if found[1] > begun:
        yield f"{what} is number {found[1]}, and the last one begun was {begun}"


def bounds_of(log, moment):
    """(kind, index) -> (last safe, last begun) at a moment in ticks."""
    safe, begun = {}, {}
    for entry in log:
        key = (entry.kind, entry.index)
        if entry.safe <= moment:
            safe[key] = entry.number
        if entry.begun <= moment:
            begun[key] = entry.number
    # Who was killed may have begun more than it said.
    return {key: (safe.get(key), ALWAYS if moment == ALWAYS else number)
            for key, number in begun.items()}


def check_files(files, log, moment):
    """Findings about the contents of the three files (None: not there)."""
    bounds = bounds_of(log, moment)
    records, slots, state = (files[name] or b"" for name in FILES)
    for (kind, index), limits in bounds.items():
        if kind == "r" and limits[0] is not None:
            piece = records[index * RECORD_BYTES:(index + 1) * RECORD_BYTES]
            yield from check_piece(f"record {index}", piece.ljust(RECORD_BYTES, b"\0"), limits)
        elif kind == "s":
            for block in range(index * SLOT_BLOCKS, (index + 1) * SLOT_BLOCKS):
                piece = slots[block * BLOCK_BYTES:(block + 1) * BLOCK_BYTES]
                yield from check_piece(f"block {block}", piece.ljust(BLOCK_BYTES, b"\0"), limits)
    if ("f", 0) in bounds:
        limits = bounds["f", 0]
        if limits[0] is not None or state:
            yield from check_piece("the state", state.ljust(RECORD_BYTES, b"\0"), limits)


def read_files(image, folder):
    """Contents of the files in a raw image of an ext4 file system."""
    request = "".join(f"dump /{name} {folder}/{name}\n" for name in FILES)
    subprocess.run([storage.host_tool("debugfs", "e2fsprogs"), "-f", "-", image], input=request,
                   text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    files = {}
    for name in FILES:
        path = os.path.join(folder, name)
        files[name] = None
        if os.path.exists(path):
            with open(path, "rb") as file:
                files[name] = file.read()
            os.remove(path)
    return files


def check_image(image, folder, log, moment):
    """Findings about a raw image: the file system is clean once its journal was replayed, the files
    hold what they must."""
    fsck = storage.host_tool("e2fsck", "e2fsprogs")
    subprocess.run([fsck, "-y", "-E", "journal_only", image], check=False, capture_output=True)
    done = subprocess.run([fsck, "-fn", image], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        yield f"e2fsck: status {done.returncode}: {done.stdout[-600:]}"
    yield from check_files(read_files(image, folder), log, moment)


def self_test(files, log, moment):
    """The check finds damage: in good contents, each kind of loss must be told."""
    findings = list(check_files(files, log, moment))
    for name in FILES:
        damaged = bytearray(files[name])
        damaged[len(damaged) // 2 // BLOCK_BYTES * BLOCK_BYTES + 100] ^= 1
        if not list(check_files({**files, name: bytes(damaged)}, log, moment)):
            findings.append(f"the test does not see damage in {name}")
    last = max(entry.index for entry in log if entry.kind == "r") * RECORD_BYTES
    if not list(check_files({**files, "records": files["records"][:last]}, log, moment)):
        findings.append("the test does not see that a record is missing")
    if not list(check_files(files, log, log[len(log) // 2].safe)):
        findings.append("the test does not see what comes from the future")
    return findings
