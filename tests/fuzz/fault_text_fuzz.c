/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people write about memory: faults, campaigns and machine files; the first byte chooses. Beyond
 * not crashing: a refusal is one sentence; a fault that is understood is the same after it was written
 * and read again; a machine file that is understood is a possible machine.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/app/fault_campaign.h"
#include "emu/app/fault_spec.h"
#include "emu/app/machine_file.h"
#include "emu/base/bug.h"
#include "tests/fuzz/input.h"

static void check_refusal(const struct error *err)
{
    BUG_ON(err->kind != ERROR_USAGE);
    BUG_ON(err->text[0] == '\0' || strchr(err->text, '\n') != NULL);
}

static void fuzz_spec(const char *text)
{
    char again_text[FAULT_SPEC_TEXT_BYTES];
    struct error err = ERROR_INIT;
    struct fault_spec again;
    struct fault_spec spec;

    if (fault_spec_parse(text, &spec, &err) != 0) {
        check_refusal(&err);
        return;
    }
    fault_spec_format(&spec, again_text);
    BUG_ON(fault_spec_parse(again_text, &again, &err) != 0);
    BUG_ON(!fault_spec_equal(&spec, &again));
}

static void fuzz_campaign(const char *text)
{
    struct error err = ERROR_INIT;
    struct fault_campaign campaign;

    if (fault_campaign_parse(text, &campaign, &err) != 0) {
        check_refusal(&err);
        return;
    }
    BUG_ON(campaign.rate_milli == 0 || campaign.to < campaign.from);
    BUG_ON(campaign.target == FAULT_TARGET_RANGE && campaign.range_end <= campaign.range_base);
}

static void fuzz_machine_file(const uint8_t *text, size_t bytes)
{
    struct error err = ERROR_INIT;
    struct machine_file file;

    if (machine_file_parse("f", text, bytes, &file, &err) != 0) {
        BUG_ON(err.kind != ERROR_USAGE || strncmp(err.text, "f:", 2) != 0);
        return;
    }
    BUG_ON(file.cores > MACHINE_CORES_MAX);
    BUG_ON(file.has_dimms && dimm_set_check(&file.dimms, &err) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    const uint64_t what = fuzz_take(&input, 1) % 3;
    char *text = malloc(input.bytes + 1);

    if (text == NULL) return 0;
    if (input.bytes > 0) memcpy(text, input.data, input.bytes);
    text[input.bytes] = '\0';
    switch (what) {
    case 0: fuzz_spec(text); break;
    case 1: fuzz_campaign(text); break;
    default: fuzz_machine_file((const uint8_t *)text, input.bytes); break;
    }
    free(text);
    return 0;
}
