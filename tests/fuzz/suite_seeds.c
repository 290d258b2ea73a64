/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: suite_fuzz_seeds FOLDER
 *
 * Adds to the corpora what fuzzing of suites starts from: each key once, in files that are understood, and some that
 * are not. */
#include <stdio.h>
#include <string.h>

#include "emu/base/bits.h"
#include "tests/fuzz/seed_file.h"

static const char *const suites[] = {
    "tests: [{name: a, steps: [{expect: b}]}]\n",
    "suite: s\nsymbols: ${build}/x\nfonts: [a, b]\n"
    "machine: {kernel: k, initrd: i, append: '$$x', memory: 1G, cores: 2, fresh-disk: {size: 1G, "
    "password: p}}\n"
    "defaults: {timeout: 5s, within: 1s, guest-errors: forbidden, unimplemented: [a.b, 'c.* if x "
    "== 1']}\n"
    "tests:\n  - name: one\n    tags: [x, y]\n    provides: p\n    timeout: 9ms\n    retries: 3\n"
    "    steps:\n      - expect-regex: '^(a|[[:digit:]]{2,5})*$'\n        within: 5s\n        "
    "port: debug-console\n"
    "  - {name: two, requires: p, skip: no, steps: [wait: 1ms]}\n"
    "  - {name: three, requires: p, provides: q, expected-failure: e, steps: [wait: 1ms]}\n",
    "machine: {image: e, module: [a, b], test-device: on, no-reboot: on, from: s}\n"
    "tests: [{name: a, steps: [wait: 1s]}]\n",
    "machine: {dimms: 'A0=8G,B0=8G', ecc: off, scrub: all, patrol-period: 90s, disk: d, "
    "password-file: f}\n"
    "tests: [{name: a, machine: {flat-memory: on, rom: r}, steps: [wait: 1s]}]\n",
    "tests:\n- name: a\n  steps:\n  - expect-event: nvme.* if status != 0\n  - expect-value: rax & "
    "1\n"
    "    is: 0x1\n    mask: 3\n  - expect-screen: x\n    region: [0, 1, 2, 3]\n"
    "  - expect-screen-regex: a+\n  - expect-picture: p.png\n    tolerance: 4\n"
    "  - expect-picture-hash: 0x1234\n  - send: \"x\\n\"\n  - type: \"l\\n<f1>\"\n"
    "  - input: |\n      key ctrl-a\n      after 5ms move 1 -1\n  - fault: "
    "kind=stuck,dimm=A0,row=5,bit=3\n"
    "  - power-cut: 7\n  - expect-end: exit\n    is: 85\n",
    "tests:\n- name: a\n  steps:\n  - forbid: x\n  - forbid-regex: y\n  - forbid-event: a.b\n"
    "  - count-events: c.d\n    as: n\n  - expect-count: n\n    at-least: 1\n    at-most: 2\n"
    "  - mark: m\n  - measure: t\n    since: m\n    at-least: 1ms\n    at-most: 1s\n",
    "tests:\n- name: a\n  steps:\n  - expect: ${a}$${b}$\n    within: soon\n",
    "tests:\n- {name: a, provides: x, requires: y, steps: [wait: 1s]}\n"
    "- {name: b, provides: y, requires: x, steps: [wait: 1s]}\n",
    "a: &x [b]\ntests: *x\n",
    "tests: [[[[[[{{{{\n",
    "tests:\n- name: a\n  steps:\n  - expect-regex: '((a{9}){9}){9}[]x]\\1'\n",
};

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: suite_fuzz_seeds FOLDER\n");
        return 2;
    }
    for (unsigned i = 0; i < ARRAY_LEN(suites); i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "%02u", i);
        seed_file_write(argv[1], "suite_fuzz", name, suites[i], strlen(suites[i]));
    }
    return 0;
}
