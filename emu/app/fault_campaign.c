/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults during a run: see fault_campaign.h. A campaign makes its next fault when its time has come, so
 * it needs no memory for those to come. */
#include "emu/app/fault_campaign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/base/bits.h"
#include "emu/base/suggest.h"
#include "emu/machine/machine.h"

#define OPTION         "--fault-campaign"
#define WORD_BYTES     128u
#define RATE_MAX       UINT64_C(1000000)
#define RATE_DIGITS    3u /* behind the point */
#define WEIGHT_MAX     UINT64_C(1000000)
#define LOOK_AGAIN_MIN VTIME_US(100)
#define LOOK_AGAIN_MAX VTIME_MS(10)
#define LOOK_AGAIN_DIV 32u

enum key {
    KEY_SEED,
    KEY_RATE,
    KEY_FROM,
    KEY_TO,
    KEY_TARGET,
    KEY_KINDS,
    KEY_BITS,
    KEYS,
};

static const char *const key_names[KEYS] = {
    [KEY_SEED] = "seed",     [KEY_RATE] = "rate",   [KEY_FROM] = "from", [KEY_TO] = "to",
    [KEY_TARGET] = "target", [KEY_KINDS] = "kinds", [KEY_BITS] = "bits",
};

/* ---- Values ---- */

/* Faults per second with up to three decimals, into thousandths. */
static int read_rate(const char *value, uint64_t *rate_milli, struct error *err)
{
    static const char zeros[RATE_DIGITS + 1] = "000";
    const size_t whole = strcspn(value, ".");
    const char *rest = value[whole] == '.' ? value + whole + 1 : "";
    char digits[WORD_BYTES];

    (void)snprintf(digits, sizeof(digits), "%.*s%s%s", (int)whole, value, rest,
                   zeros + min_u64(strlen(rest), RATE_DIGITS));
    if (whole > 0 && (value[whole] == '\0' || rest[0] != '\0') && strlen(rest) <= RATE_DIGITS &&
        strspn(digits, "0123456789") == strlen(digits) &&
        parse_number("", digits + min_u64(strspn(digits, "0"), strlen(digits) - 1), 1,
                     RATE_MAX * 1000, rate_milli, NULL) == 0) {
        return 0;
    }
    return error_usage(err,
                       OPTION ": rate=%s: the faults per second of virtual time are a number from "
                              "0.001 to 1000000 with at most three decimals",
                       value);
}

/* A-B: from A up to, but not with, B. */
static int read_target(const char *value, struct fault_campaign *campaign, struct error *err)
{
    const char *dash = strchr(value, '-');
    char base[WORD_BYTES];

    campaign->target = strcmp(value, "used") == 0 ? FAULT_TARGET_USED : FAULT_TARGET_ALL;
    if (campaign->target == FAULT_TARGET_USED || strcmp(value, "all") == 0) return 0;
    campaign->target = FAULT_TARGET_RANGE;
    (void)snprintf(base, sizeof(base), "%.*s", dash != NULL ? (int)(dash - value) : 0, value);
    if (dash != NULL &&
        parse_number("", base, 0, UINT64_MAX - 1, &campaign->range_base, NULL) == 0 &&
        parse_number("", dash + 1, campaign->range_base + 1, UINT64_MAX, &campaign->range_end,
                     NULL) == 0) {
        return 0;
    }
    return error_usage(err,
                       OPTION ": target=%s: faults fall on all or used memory or on the system "
                              "addresses A up to B, as in 0x1000000-0x2000000",
                       value);
}

static int find_weight(enum key key, const char *name, size_t length, struct fault_mix *mix,
                       uint32_t **weight)
{
    enum dram_fault_kind kind;

    if (key == KEY_KINDS && fault_spec_kind_find(name, length, &kind)) {
        *weight = &mix->kind[kind];
        return 0;
    }
    if (key == KEY_BITS && length == 1 && name[0] >= '1' && name[0] <= '4') {
        *weight = &mix->bits[name[0] - '1'];
        return 0;
    }
    return -1;
}

/* NAME:WEIGHT/NAME:WEIGHT; without a weight it is 1. */
static int read_weights(enum key key, const char *value, struct fault_campaign *campaign,
                        struct error *err)
{
    uint64_t sum = 0;

    for (const char *rest = value;;) {
        const size_t bytes = strcspn(rest, "/");
        const size_t name = min_u64(strcspn(rest, ":"), bytes);
        char text[WORD_BYTES] = "1";
        uint64_t number;
        uint32_t *weight;

        if (name < bytes) {
            (void)snprintf(text, sizeof(text), "%.*s", (int)(bytes - name - 1), rest + name + 1);
        }
        if (find_weight(key, rest, name, &campaign->mix, &weight) != 0 ||
            parse_number("", text, 0, WEIGHT_MAX, &number, NULL) != 0) {
            break;
        }
        *weight = (uint32_t)number;
        sum += number;
        rest += bytes;
        if (*rest == '\0' && sum > 0) return 0;
        if (*rest == '\0') break;
        rest++;
    }
    return key == KEY_KINDS ? error_usage(err,
                                          OPTION ": kinds=%s: give weights (0 to 1000000, not all "
                                                 "0) of flip, stuck, row, column, chip, "
                                                 "dimm and address, as in flip:8/stuck:1",
                                          value)
                            : error_usage(err,
                                          OPTION ": bits=%s: give weights (0 to 1000000, not all "
                                                 "0) of 1, 2, 3 and 4 wrong bits in a word, "
                                                 "as in 1:95/2:5",
                                          value);
}

static int read_time(enum key key, const char *value, vtime *when, struct error *err)
{
    if (parse_time("", value, when, NULL) == 0) return 0;
    return error_usage(err, OPTION ": %s=%s: this is not a time, as in 500us, 20ms or 5s",
                       key_names[key], value);
}

static int read_value(enum key key, const char *value, struct fault_campaign *campaign,
                      struct error *err)
{
    switch (key) {
    case KEY_SEED:
        if (parse_number("", value, 0, UINT64_MAX, &campaign->seed, NULL) == 0) return 0;
        return error_usage(err, OPTION ": seed=%s: a seed is a number of at most 64 bits", value);
    case KEY_RATE: return read_rate(value, &campaign->rate_milli, err);
    case KEY_FROM: return read_time(key, value, &campaign->from, err);
    case KEY_TO: return read_time(key, value, &campaign->to, err);
    case KEY_TARGET: return read_target(value, campaign, err);
    case KEY_KINDS:
    case KEY_BITS: return read_weights(key, value, campaign, err);
    case KEYS: break;
    }
    return 0;
}

/* ---- Keys ---- */

static int unknown_key(const char *name, struct error *err)
{
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (unsigned i = 0; i < KEYS; i++) {
        suggest_try(&meant, key_names[i]);
    }
    if (meant.word != NULL) {
        return error_usage(err, OPTION ": unknown key %s: did you mean %s?", name, meant.word);
    }
    return error_usage(err,
                       OPTION ": unknown key %s: the keys are seed, rate, from, to, target, kinds "
                              "and bits",
                       name);
}

static int read_word(char *word, uint32_t *given, struct fault_campaign *campaign,
                     struct error *err)
{
    char *equals = strchr(word, '=');

    if (equals == NULL || equals[1] == '\0') {
        return error_usage(err, OPTION ": '%s' is not key=value, as in seed=7", word);
    }
    *equals = '\0';
    for (unsigned i = 0; i < KEYS; i++) {
        if (strcmp(word, key_names[i]) != 0) continue;
        if ((*given & BIT32(i)) != 0) return error_usage(err, OPTION ": %s= is given twice", word);
        *given |= BIT32(i);
        return read_value((enum key)i, equals + 1, campaign, err);
    }
    return unknown_key(word, err);
}

int fault_campaign_parse(const char *text, struct fault_campaign *campaign, struct error *err)
{
    static const char separators[] = ", \t\r\n";
    uint32_t given = 0;

    *campaign = (struct fault_campaign){.to = VTIME_NEVER};
    for (text += strspn(text, separators); *text != '\0'; text += strspn(text, separators)) {
        const size_t bytes = strcspn(text, separators);
        char word[WORD_BYTES];

        if (bytes >= sizeof(word)) {
            return error_usage(err, OPTION ": '%.*s...' is too long", 40, text);
        }
        memcpy(word, text, bytes);
        word[bytes] = '\0';
        if (read_word(word, &given, campaign, err) != 0) return -1;
        text += bytes;
    }
    if ((given & BIT32(KEY_SEED)) == 0 || (given & BIT32(KEY_RATE)) == 0) {
        return error_usage(err, OPTION ": seed= and rate= are needed, as in seed=7,rate=0.5");
    }
    if (campaign->to < campaign->from) {
        return error_usage(err, OPTION ": to= comes before from=");
    }
    return 0;
}

/* ---- During the run ---- */

vtime fault_run_look_again(vtime now)
{
    return now + max_u64(LOOK_AGAIN_MIN, min_u64(LOOK_AGAIN_MAX, now / LOOK_AGAIN_DIV));
}

vtime fault_run_due(const struct fault_run *run)
{
    if (run->campaign == NULL || run->due > run->campaign->to) return VTIME_NEVER;
    return run->has_begun ? run->due : max_u64(run->due, run->campaign->from);
}

static void next_gap(struct fault_run *run)
{
    const vtime gap = fault_random_gap(&run->random, run->campaign->rate_milli);

    run->due = gap > VTIME_NEVER - run->due ? VTIME_NEVER : run->due + gap;
}

static void begin(struct fault_run *run, struct machine *machine)
{
    const struct fault_campaign *campaign = run->campaign;
    const vtime now = machine_now(machine);

    if (!machine_has_memory(machine)) {
        run->due = fault_run_look_again(now);
        return;
    }
    fault_random_begin(&run->random, campaign->seed);
    run->random.mix = campaign->mix;
    run->random.target = campaign->target;
    run->random.range_base = campaign->range_base;
    run->random.range_end = campaign->range_end;
    run->has_begun = true;
    run->due = now;
    next_gap(run);
}

void fault_run_campaign(struct fault_run *run, struct machine *machine)
{
    const vtime now = machine_now(machine);

    while (fault_run_due(run) <= now) {
        struct dram_fault fault;

        if (!run->has_begun) {
            begin(run, machine);
            continue;
        }
        fault_random_next(&run->random, machine, &fault);
        if (machine_fault_plant(machine, &fault, NULL) == 0) {
            run->planted++;
        } else {
            run->skipped++;
        }
        next_gap(run);
    }
}

void fault_run_plant(struct fault_run *run, struct machine *machine, const struct fault_spec *spec)
{
    struct error err = ERROR_INIT;
    char text[FAULT_SPEC_TEXT_BYTES];
    char time[TIME_TEXT_BYTES];

    if (machine_has_memory(machine) && fault_spec_plant(machine, spec, &err) == 0) {
        run->planted++;
        return;
    }
    fault_spec_format(spec, text);
    if (err.kind == ERROR_NONE) {
        format_time(spec->has_when ? spec->when : machine_now(machine), time);
        (void)error_usage(&run->trouble,
                          "--fault %s: at %s firmware has not set up memory yet (without at= the "
                          "fault comes as soon as it has)",
                          text, time);
        return;
    }
    (void)error_usage(&run->trouble, "--fault %.150s: %.300s", text, err.text);
}
