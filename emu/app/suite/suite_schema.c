/* SPDX-License-Identifier: GPL-2.0-only */
/* See suite_schema.h. */
#include "emu/app/suite/suite_schema.h"

static struct cyaml_schema_value map_of(const struct suite_schema *schema, enum suite_table table,
                                        unsigned flags)
{
    return (struct cyaml_schema_value){
        .type = CYAML_MAPPING,
        .flags = (enum cyaml_flag)flags,
        .data_size = (uint32_t)(schema->key_count[table] * sizeof(struct suite_slot)),
        .mapping = {.fields = schema->fields[table]},
    };
}

static struct cyaml_schema_value list_of(const struct suite_schema *schema,
                                         const struct suite_key *key)
{
    return (struct cyaml_schema_value){
        .type = CYAML_SEQUENCE,
        .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
        .data_size = schema->maps[key->below].data_size,
        .sequence = {.entry = &schema->maps[key->below], .min = 0, .max = key->most},
    };
}

static struct cyaml_schema_value value_of(const struct suite_schema *schema,
                                          const struct suite_key *key)
{
    switch (key->kind) {
    case SUITE_KEY_TEXT: break;
    case SUITE_KEY_TEXTS:
        return (struct cyaml_schema_value){.type = CYAML_IGNORE, .flags = CYAML_FLAG_OPTIONAL};
    case SUITE_KEY_MAP: return map_of(schema, key->below, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL);
    case SUITE_KEY_MAPS: return list_of(schema, key);
    }
    return (struct cyaml_schema_value){
        .type = CYAML_STRING,
        .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
        .data_size = sizeof(char),
        .string = {.min = 0, .max = SUITE_STEP_TEXT_MAX},
    };
}

void suite_schema_init(struct suite_schema *schema)
{
    *schema = (struct suite_schema){.keys = {NULL}};
    for (unsigned i = 0; i < SUITE_TABLES; i++) {
        const enum suite_table table = (enum suite_table)i;

        schema->keys[i] = suite_keys(table, schema->machine_room, &schema->key_count[i]);
        schema->maps[i] = map_of(schema, table, CYAML_FLAG_DEFAULT);
    }
    for (unsigned i = 0; i < SUITE_TABLES; i++) {
        for (size_t k = 0; k < schema->key_count[i]; k++) {
            const size_t offset = k * sizeof(struct suite_slot);

            schema->fields[i][k] = (struct cyaml_schema_field){
                .key = schema->keys[i][k].name,
                .data_offset = (uint32_t)(offset + offsetof(struct suite_slot, text)),
                .count_offset = (uint32_t)(offset + offsetof(struct suite_slot, count)),
                .count_size = sizeof(uint32_t),
                .value = value_of(schema, &schema->keys[i][k]),
            };
        }
    }
    schema->whole = map_of(schema, SUITE_TABLE_TOP, CYAML_FLAG_POINTER);
}

const struct suite_slot *suite_schema_entry(const struct suite_schema *schema,
                                            enum suite_table table, const struct suite_slot *list,
                                            size_t index)
{
    return list + index * schema->key_count[table];
}
