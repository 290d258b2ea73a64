/* SPDX-License-Identifier: GPL-2.0-only */
/* What libcyaml is to know of a suite's file, made from the tables of suite_keys.h, and what it makes of the file. */
#pragma once

#include "emu/app/suite/suite_keys.h"
#include "emu/app/yaml_file.h"

/* One value; the slots of a map are those of its table's keys, in their order. All zero: the key is not there. Of
 * SUITE_KEY_TEXTS nothing is kept: see yaml_file_text(). */
struct suite_slot {
    union {
        char *text;
        struct suite_slot *map;
        struct suite_slot *maps; /* one behind the other */
    };
    uint32_t count; /* of `maps` */
};

struct suite_schema {
    struct suite_key machine_room[SUITE_KEYS_MAX];
    const struct suite_key *keys[SUITE_TABLES];
    size_t key_count[SUITE_TABLES];
    struct cyaml_schema_value maps[SUITE_TABLES]; /* as entries of a list */
    struct cyaml_schema_field fields[SUITE_TABLES][SUITE_KEYS_MAX + 1];
    struct cyaml_schema_value whole;
};

/* `schema` must stay where it is. */
void suite_schema_init(struct suite_schema *schema);
/* The slots of map `index` of a list. */
const struct suite_slot *suite_schema_entry(const struct suite_schema *schema,
                                            enum suite_table table, const struct suite_slot *list,
                                            size_t index);
