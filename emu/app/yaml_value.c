/* SPDX-License-Identifier: GPL-2.0-only */
/* From the texts of a YAML file to what they mean: see yaml_value.h. */
#include "emu/app/yaml_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/machine/machine.h"

const char *yaml_word(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL ? dot + 1 : path;
}

/* Sentences of the option parser begin with the option's dashes. */
int yaml_refuse(const struct yaml_file *yaml, struct error *err, const char *path,
                const struct error *trouble)
{
    const char *text = trouble->text;

    if (strncmp(text, "--", 2) == 0) text += 2;
    return yaml_file_complain(yaml, err, path, "%s", text);
}

char *yaml_beside(const char *name, const char *path, struct error *err)
{
    const char *slash = strrchr(name, '/');
    const size_t folder = slash != NULL && path[0] != '/' ? (size_t)(slash - name) + 1 : 0;
    const size_t bytes = folder + strlen(path) + 1;
    char *whole = malloc(bytes);

    if (whole != NULL) {
        (void)snprintf(whole, bytes, "%.*s%s", (int)folder, name, path);
    } else {
        (void)error_host(err, "out of memory");
    }
    return whole;
}

int yaml_number(const struct yaml_file *yaml, struct error *err, const char *path, const char *text,
                struct yaml_bounds bounds, uint64_t *value)
{
    const char *word = yaml_word(path);
    struct error trouble = ERROR_INIT;

    if (text == NULL) return 0;
    if (parse_number(word, text, bounds.min, bounds.max, value, &trouble) == 0) return 0;
    if (bounds.min != bounds.max) return yaml_refuse(yaml, err, path, &trouble);
    return yaml_file_complain(yaml, err, path, "%s: '%s' is not possible, only %" PRIu64, word,
                              text, bounds.min);
}

int yaml_time(const struct yaml_file *yaml, struct error *err, const char *path, const char *text,
              vtime *value)
{
    struct error trouble = ERROR_INIT;

    if (text == NULL || parse_time(yaml_word(path), text, value, &trouble) == 0) return 0;
    return yaml_refuse(yaml, err, path, &trouble);
}

int yaml_switch(const struct yaml_file *yaml, struct error *err, const char *path, const char *text,
                bool *value)
{
    if (text == NULL) return 0;
    *value = strcmp(text, "on") == 0;
    if (*value || strcmp(text, "off") == 0) return 0;
    return yaml_file_complain(yaml, err, path, "%s: '%s' is neither on nor off", yaml_word(path),
                              text);
}

#define TEXT_MAX 256
#define TEXT(key, member)                                                                    \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_scrub, \
                           member, 0, TEXT_MAX)

const struct cyaml_schema_field yaml_scrub_fields[] = {
    TEXT("demand", demand),
    TEXT("patrol", patrol),
    CYAML_FIELD_END,
};

int yaml_scrub(const struct yaml_file *yaml, struct error *err, const struct yaml_scrub *raw,
               struct machine_scrub *scrub)
{
    struct error trouble = ERROR_INIT;
    bool has_demand = true;

    if (raw == NULL) return 0;
    if (yaml_switch(yaml, err, "scrub.demand", raw->demand, &has_demand) != 0) return -1;
    scrub->is_demand_off = !has_demand;
    if (raw->patrol == NULL || strcmp(raw->patrol, "on") == 0) return 0;
    scrub->is_patrol_off = strcmp(raw->patrol, "off") == 0;
    if (scrub->is_patrol_off) return 0;
    if (parse_time("patrol", raw->patrol, &scrub->patrol_period, &trouble) == 0 &&
        scrub->patrol_period >= MACHINE_PATROL_MIN && scrub->patrol_period <= MACHINE_PATROL_MAX) {
        return 0;
    }
    return yaml_file_complain(yaml, err, "scrub.patrol",
                              "patrol: '%s' is neither on nor off nor a time from 1s to 2592000s "
                              "(30 days) for one walk",
                              raw->patrol);
}
