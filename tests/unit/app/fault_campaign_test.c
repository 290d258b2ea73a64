/* SPDX-License-Identifier: GPL-2.0-only */
/* --fault-campaign: what is understood and refused, and when faults come. The machine below is a clock
 * with memory that is ready at some time. */
#include "emu/app/fault_campaign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/machine/machine.h"

#define MODULE_BYTES (UINT64_C(1) << 30)

/* ---- A machine that is a clock ---- */

struct machine {
    struct dimm_set dimms;
    vtime now;
    vtime ready; /* when it has memory */
    unsigned room;
    unsigned planted;
    vtime first;
    vtime last;
    uint64_t hash; /* of times and faults */
};

const struct dimm_set *machine_dimms(const struct machine *machine)
{
    return &machine->dimms;
}

vtime machine_now(struct machine *machine)
{
    return machine->now;
}

bool machine_has_memory(const struct machine *machine)
{
    return machine->now >= machine->ready;
}

bool machine_used_page(struct machine *machine, uint64_t random, uint64_t *addr)
{
    (void)machine;
    *addr = random & 0xff000;
    return true;
}

bool machine_fault_place(struct machine *machine, uint64_t addr, struct dram_address *at)
{
    (void)machine;
    *at = (struct dram_address){.row = (uint32_t)(addr >> 13 & 0x1fff)};
    return true;
}

bool machine_fault_address(struct machine *machine, const struct dram_address *at, uint64_t *addr)
{
    (void)machine;
    (void)at;
    *addr = 0;
    return true;
}

int machine_fault_plant(struct machine *machine, const struct dram_fault *fault, struct error *err)
{
    if (machine->planted == machine->room) return error_usage(err, "there is no room");
    if (machine->planted++ == 0) machine->first = machine->now;
    machine->last = machine->now;
    machine->hash = hash_u64(machine->hash, machine->now);
    machine->hash = hash_u64(machine->hash, fault->where.row);
    machine->hash = hash_u64(machine->hash, fault->mask.data);
    return 0;
}

static struct machine make_machine(vtime ready)
{
    return (struct machine){
        .dimms = {.socket[0] = {.bytes = MODULE_BYTES,
                                .ranks = 1,
                                .width = 8,
                                .row_bits = 13,
                                .column_bits = 10,
                                .has_ecc = true}},
        .ready = ready,
        .room = 1000000,
    };
}

/* As timeline.c does it. */
static void run_until(struct fault_run *run, struct machine *machine, vtime until)
{
    while (fault_run_due(run) <= until) {
        machine->now = fault_run_due(run);
        fault_run_campaign(run, machine);
    }
    machine->now = until;
}

/* ---- What is understood ---- */

static struct fault_campaign parsed(const char *text)
{
    struct fault_campaign campaign;
    struct error err = ERROR_INIT;

    if (fault_campaign_parse(text, &campaign, &err) != 0) fail_msg("%s: %s", text, err.text);
    return campaign;
}

static void everything(void **state)
{
    struct fault_campaign campaign = parsed("seed=7,rate=2.5");

    (void)state;
    assert_int_equal(campaign.seed, 7);
    assert_int_equal(campaign.rate_milli, 2500);
    assert_int_equal(campaign.from, 0);
    assert_true(campaign.to == VTIME_NEVER);
    assert_int_equal(campaign.target, FAULT_TARGET_ALL);
    campaign = parsed("rate=3 from=1s,to=2s,target=used,kinds=flip:8/stuck:1/chip,bits=1:95/2:5 "
                      "seed=0xffffffffffffffff");
    assert_true(campaign.seed == UINT64_MAX);
    assert_int_equal(campaign.rate_milli, 3000);
    assert_int_equal(campaign.from, VTIME_S(1));
    assert_int_equal(campaign.to, VTIME_S(2));
    assert_int_equal(campaign.target, FAULT_TARGET_USED);
    assert_int_equal(campaign.mix.kind[DRAM_FAULT_FLIP], 8);
    assert_int_equal(campaign.mix.kind[DRAM_FAULT_STUCK], 1);
    assert_int_equal(campaign.mix.kind[DRAM_FAULT_CHIP], 1);
    assert_int_equal(campaign.mix.kind[DRAM_FAULT_ROW], 0);
    assert_int_equal(campaign.mix.bits[0], 95);
    assert_int_equal(campaign.mix.bits[1], 5);
    campaign = parsed("seed=1,rate=1,target=0x1000000-0x2000000");
    assert_int_equal(campaign.target, FAULT_TARGET_RANGE);
    assert_int_equal(campaign.range_base, 0x1000000);
    assert_int_equal(campaign.range_end, 0x2000000);
    assert_int_equal(parsed("seed=1,rate=0.001").rate_milli, 1);
    assert_int_equal(parsed("seed=1,rate=0.25").rate_milli, 250);
    assert_int_equal(parsed("seed=1,rate=1000000").rate_milli, 1000000000);
    assert_int_equal(parsed("seed=1,rate=010.000").rate_milli, 10000);
}

static void refusals(void **state)
{
    static const struct {
        const char *text;
        const char *sentence;
    } cases[] = {
        {"", "seed= and rate= are needed, as in seed=7,rate=0.5"},
        {"seed=7", "seed= and rate= are needed, as in seed=7,rate=0.5"},
        {"sede=7", "unknown key sede: did you mean seed?"},
        {"zebra=7", "unknown key zebra: the keys are seed, rate, from, to, target, kinds and bits"},
        {"seed=x", "seed=x: a seed is a number of at most 64 bits"},
        {"seed=1,seed=1", "seed= is given twice"},
        {"seed", "'seed' is not key=value, as in seed=7"},
        {"seed=1,rate=1,from=5", "from=5: this is not a time, as in 500us, 20ms or 5s"},
        {"seed=1,rate=1,from=5s,to=4s", "to= comes before from="},
        {"seed=1,rate=1,target=some",
         "target=some: faults fall on all or used memory or on the system addresses A up to B, as "
         "in 0x1000000-0x2000000"},
        {"seed=1,rate=1,target=5-5",
         "target=5-5: faults fall on all or used memory or on the system addresses A up to B, as "
         "in 0x1000000-0x2000000"},
        {"seed=1,rate=1,kinds=flop",
         "kinds=flop: give weights (0 to 1000000, not all 0) of flip, stuck, row, column, "
         "chip, dimm and address, as in flip:8/stuck:1"},
        {"seed=1,rate=1,kinds=flip:0",
         "kinds=flip:0: give weights (0 to 1000000, not all 0) of flip, stuck, row, column, "
         "chip, dimm and address, as in flip:8/stuck:1"},
        {"seed=1,rate=1,kinds=flip:1/",
         "kinds=flip:1/: give weights (0 to 1000000, not all 0) of flip, stuck, row, column, "
         "chip, dimm and address, as in flip:8/stuck:1"},
        {"seed=1,rate=1,bits=5:1",
         "bits=5:1: give weights (0 to 1000000, not all 0) of 1, 2, 3 and 4 wrong bits in a word, "
         "as in 1:95/2:5"},
    };
    static const char *const rates[] = {"0",    "-1",      ".5",  "1.",   "0.0001",
                                        "0x10", "1000001", "1e3", "1.5.5"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fault_campaign campaign;
        struct error err = ERROR_INIT;

        assert_int_equal(fault_campaign_parse(cases[i].text, &campaign, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_memory_equal(err.text, "--fault-campaign: ", 18);
        assert_string_equal(err.text + 18, cases[i].sentence);
    }
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        struct fault_campaign campaign;
        struct error err = ERROR_INIT;
        char text[64];

        (void)snprintf(text, sizeof(text), "seed=1,rate=%s", rates[i]);
        assert_int_equal(fault_campaign_parse(text, &campaign, &err), -1);
        assert_non_null(strstr(err.text, "the faults per second of virtual time are a number"));
    }
}

/* ---- When ---- */

static void no_campaign(void **state)
{
    const struct fault_run run = {.campaign = NULL};

    (void)state;
    assert_true(fault_run_due(&run) == VTIME_NEVER);
}

static void as_often_as_asked(void **state)
{
    const struct fault_campaign campaign = parsed("seed=7,rate=100");
    struct fault_run run = {.campaign = &campaign};
    struct machine machine = make_machine(VTIME_S(2));

    (void)state;
    run_until(&run, &machine, VTIME_S(102));
    assert_in_range(machine.planted, 9700, 10300);
    assert_int_equal(run.planted, machine.planted);
    assert_int_equal(run.skipped, 0);
    assert_true(machine.first >= VTIME_S(2));
    assert_true(machine.first < VTIME_S(2) + VTIME_MS(200));
}

static void the_same_again(void **state)
{
    const struct fault_campaign campaign = parsed("seed=7,rate=100");
    const struct fault_campaign other = parsed("seed=8,rate=100");
    struct fault_run runs[] = {
        {.campaign = &campaign}, {.campaign = &campaign}, {.campaign = &other}};
    struct machine machines[] = {make_machine(0), make_machine(0), make_machine(0)};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        run_until(&runs[i], &machines[i], VTIME_S(3));
    }
    assert_int_equal(machines[0].hash, machines[1].hash);
    assert_true(machines[0].hash != machines[2].hash);
}

static void from_and_to(void **state)
{
    const struct fault_campaign campaign = parsed("seed=7,rate=1000,from=3s,to=4s");
    struct fault_run run = {.campaign = &campaign};
    struct machine machine = make_machine(VTIME_MS(1));

    (void)state;
    assert_int_equal(fault_run_due(&run), VTIME_S(3));
    run_until(&run, &machine, VTIME_S(10));
    assert_true(machine.first >= VTIME_S(3));
    assert_true(machine.last <= VTIME_S(4));
    assert_in_range(machine.planted, 850, 1150);
    assert_true(fault_run_due(&run) == VTIME_NEVER);
}

/* Memory that never comes costs little. */
static void looks_less_and_less_often(void **state)
{
    const struct fault_campaign campaign = parsed("seed=7,rate=1000");
    struct fault_run run = {.campaign = &campaign};
    struct machine machine = make_machine(VTIME_NEVER);
    unsigned looks = 0;

    (void)state;
    for (; machine.now < VTIME_S(1); looks++) {
        machine.now = fault_run_due(&run);
        fault_run_campaign(&run, &machine);
    }
    assert_in_range(looks, 100, 400);
    assert_int_equal(machine.planted, 0);
}

static void no_room(void **state)
{
    const struct fault_campaign campaign = parsed("seed=7,rate=1000");
    struct fault_run run = {.campaign = &campaign};
    struct machine machine = make_machine(0);

    (void)state;
    machine.room = 10;
    run_until(&run, &machine, VTIME_S(1));
    assert_int_equal(run.planted, 10);
    assert_in_range(run.skipped, 850, 1150);
    assert_int_equal(run.trouble.kind, ERROR_NONE);
}

/* ---- Faults that are named ---- */

static void named_faults(void **state)
{
    struct fault_run run = {.campaign = NULL};
    struct machine machine = make_machine(VTIME_S(1));
    struct fault_spec spec;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(fault_spec_parse("dimm=A0,row=5 at=1ms", &spec, &err), 0);
    machine.now = VTIME_S(1);
    fault_run_plant(&run, &machine, &spec);
    assert_int_equal(run.planted, 1);
    assert_int_equal(run.trouble.kind, ERROR_NONE);
    machine.now = VTIME_MS(1);
    fault_run_plant(&run, &machine, &spec);
    assert_int_equal(run.planted, 1);
    assert_int_equal(run.trouble.kind, ERROR_USAGE);
    assert_string_equal(
        run.trouble.text,
        "--fault kind=flip,dimm=0,rank=0,bg=0,bank=0,row=0x5,col=0x0,bit=0,at=1ms: "
        "at 1 ms firmware has not set up memory yet (without at= the fault comes as "
        "soon as it has)");
    run = (struct fault_run){.campaign = NULL};
    machine.now = VTIME_S(2);
    assert_int_equal(fault_spec_parse("dimm=B0", &spec, &err), 0);
    fault_run_plant(&run, &machine, &spec);
    assert_string_equal(run.trouble.text, "--fault kind=flip,dimm=1,rank=0,bg=0,bank=0,row=0x0,"
                                          "col=0x0,bit=0: dimm=1: there is no module in this "
                                          "socket");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything),
        cmocka_unit_test(refusals),
        cmocka_unit_test(no_campaign),
        cmocka_unit_test(as_often_as_asked),
        cmocka_unit_test(the_same_again),
        cmocka_unit_test(from_and_to),
        cmocka_unit_test(looks_less_and_less_often),
        cmocka_unit_test(no_room),
        cmocka_unit_test(named_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
