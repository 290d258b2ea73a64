/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID says what the processor of the machine is: a Xeon W-2140B of signature 0x50654, 3.2 GHz,
 * its caches, 25 MHz crystal, no hypervisor; leaves agree with each other and with the machine.
 * reference/hardware.md 8; SDM 2 CPUID.
 */
#include "tests/guest/lib/dev.h"

static bool text_is(const uint32_t *words, const char *want)
{
    const char *got = (const char *)words;
    size_t i = 0;
    while (want[i] != '\0' && got[i] == want[i]) {
        i++;
    }
    return want[i] == '\0';
}

static void identity(void)
{
    struct cpuid r = cpuid(0, 0);
    const uint32_t vendor[3] = {r.ebx, r.edx, r.ecx};
    report(text_is(vendor, "GenuineIntel"), "vendor");
    report(r.eax >= 0x16, "highest basic leaf is at least 16h");
    r = cpuid(1, 0);
    report_eq(r.eax, 0x50654, "signature");
    report_eq(r.ecx >> 31, 0, "no hypervisor bit");
    report_eq(r.ebx >> 8 & 0xff, 8, "CLFLUSH line of 64 bytes");
    report_eq(r.ebx >> 24, lapic_read(LAPIC_ID) >> 24, "initial APIC ID is the local APIC's");
    r = cpuid(0x40000000, 0);
    struct cpuid last = cpuid(cpuid(0, 0).eax, 0);
    report(r.eax == last.eax && r.ebx == last.ebx,
           "leaf 40000000h answers like the highest basic leaf");
    uint32_t brand[13] = {0};
    for (unsigned i = 0; i < 3; i++) {
        r = cpuid(0x80000002 + i, 0);
        brand[4 * i] = r.eax;
        brand[4 * i + 1] = r.ebx;
        brand[4 * i + 2] = r.ecx;
        brand[4 * i + 3] = r.edx;
    }
    const char *text = (const char *)brand;
    print("  brand \"%s\"\n", text);
    while (*text == ' ') {
        text++;
    }
    report(text_is((const uint32_t *)(uintptr_t)text, "Intel(R) Xeon(R) W-2140B CPU @ 3.20GHz"),
           "brand string");
}

static void sizes(void)
{
    struct cpuid r = cpuid(0x80000000, 0);
    report(r.eax >= 0x80000008, "highest extended leaf");
    r = cpuid(0x80000008, 0);
    report_eq(r.eax & 0xff, MAP_PHYS_BITS, "physical address bits");
    report_eq(r.eax >> 8 & 0xff, 48, "virtual address bits");
    r = cpuid(0x80000001, 0);
    report(r.edx & BIT(29), "long mode");
    report(r.edx & BIT(20), "no-execute");
    report(r.edx & BIT(26), "1 GiB pages");
    report(r.edx & BIT(27), "RDTSCP");
    r = cpuid(0x80000007, 0);
    report(r.edx & BIT(8), "invariant TSC");
    r = cpuid(0x80000006, 0);
    report_eq(r.ecx & 0xff, 64, "L2 line in leaf 80000006h");
}

/* Leaf 4: level, ways, sets as in hardware.md 8. */
static void caches(void)
{
    static const struct {
        unsigned type, level, ways, sets, kib;
    } want[] = {
        {1, 1, 8, 64, 32}, {2, 1, 8, 64, 32}, {3, 2, 16, 1024, 1024}, {3, 3, 11, 16384, 11264}};
    for (unsigned i = 0; i < COUNT(want); i++) {
        struct cpuid r = cpuid(4, i);
        unsigned line = (r.ebx & 0xfff) + 1, partitions = (r.ebx >> 12 & 0x3ff) + 1,
                 ways = (r.ebx >> 22) + 1;
        report_eq(r.eax & 31, want[i].type, "leaf 4.%u: type", i);
        report_eq(r.eax >> 5 & 7, want[i].level, "leaf 4.%u: level", i);
        report_eq(ways, want[i].ways, "leaf 4.%u: ways", i);
        report_eq(r.ecx + 1, want[i].sets, "leaf 4.%u: sets", i);
        report_eq(line * partitions * ways * (r.ecx + 1) / 1024, want[i].kib,
                  "leaf 4.%u: size in KiB", i);
    }
    report_eq(cpuid(4, 4).eax & 31, 0, "leaf 4.4: no more caches");
}

static void clocks(void)
{
    struct cpuid r = cpuid(0x15, 0);
    report(r.eax != 0 && r.ebx != 0, "leaf 15h: TSC ratio");
    uint64_t base_mhz = cpuid(0x16, 0).eax & 0xffff;
    report_eq(base_mhz, 3200, "leaf 16h: base clock");
    if (r.eax != 0 && r.ebx != 0) {
        report_eq(base_mhz * 1000000 * r.eax / r.ebx, MAP_HZ_LAPIC,
                  "crystal as the kernel derives it");
        report_eq(r.ecx, 0, "leaf 15h: crystal not enumerated on this family");
    }
}

static void consistent(void)
{
    struct cpuid one = cpuid(1, 0), seven = cpuid(7, 0);
    report_eq(one.ecx >> 27 & 1, 0, "OSXSAVE clear while CR4.OSXSAVE is");
    if (one.ecx & BIT(26)) {
        write_cr4(read_cr4() | CR4_OSXSAVE);
        report_eq(cpuid(1, 0).ecx >> 27 & 1, 1, "OSXSAVE follows CR4.OSXSAVE");
        write_cr4(read_cr4() & ~CR4_OSXSAVE);
    }
    report_eq(one.edx >> 9 & 1, 1, "APIC on chip");
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) & ~BIT64(11));
    report_eq(cpuid(1, 0).edx >> 9 & 1, 0, "the APIC bit follows IA32_APIC_BASE.EN");
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | BIT64(11));
    report_eq(cpuid(1, 0).edx >> 9 & 1, 1, "and comes back");
    /* What the engine cannot execute must not be promised: unicorn.md, trap 2. */
    report(!(one.ecx & BIT(28)) || (one.ecx & BIT(26)), "AVX only with XSAVE");
    report(!(seven.ebx & BIT(5)) || (one.ecx & BIT(28)), "AVX2 only with AVX");
    report(!(seven.ebx & BIT(16)) || (seven.ebx & BIT(5)), "AVX-512 only with AVX2");
    report_eq(cpuid(0xa, 0).eax & 0xff, 0, "no performance counters promised");
    report_eq(one.ecx & BIT(3), 0, "MONITOR is hidden");
    struct cpuid high = cpuid(0x12345678, 0), last = cpuid(cpuid(0, 0).eax, 0);
    report(high.eax == last.eax && high.ebx == last.ebx && high.ecx == last.ecx &&
               high.edx == last.edx,
           "a leaf that is too high answers like the highest one");
}

/* Flags that Linux shows for this processor and that the engine does execute. */
static void promised(void)
{
    static const uint8_t edx[] = {0,  2,  3,  4,  5,  6,  7,  8,  9,  11, 12,
                                  13, 14, 15, 16, 17, 19, 23, 24, 25, 26};
    static const uint8_t ecx[] = {0, 1, 9, 13, 19, 20, 22, 23, 25};
    struct cpuid one = cpuid(1, 0);
    for (unsigned i = 0; i < COUNT(edx); i++) {
        report(one.edx & BIT(edx[i]), "CPUID.1:EDX bit %u", edx[i]);
    }
    for (unsigned i = 0; i < COUNT(ecx); i++) {
        report(one.ecx & BIT(ecx[i]), "CPUID.1:ECX bit %u", ecx[i]);
    }
}

void guest_main(void)
{
    identity();
    sizes();
    caches();
    clocks();
    consistent();
    promised();
}
