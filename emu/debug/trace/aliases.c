/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short names of devices, and patterns for their paths. A path's last part is a name already (rtc, hpet,
 * keyboard); the table has those whose last part says nothing, such as PCI functions, or says it twice.
 */
#include <string.h>

#include "emu/base/bits.h"
#include "emu/debug/trace/filter.h"

struct alias {
    const char *name;
    const char *path;
};

static const struct alias aliases[] = {
    {"audio", "/pci/00/1c.0/00.3"},
    {"bce", "/pci/00/1c.0/00.1"},
    {"gpu", "/pci/f0/00.0/00.0/00.0/00.0"},
    {"lapic0", "/cpu0/lapic"},
    {"lapic1", "/cpu1/lapic"},
    {"lapic2", "/cpu2/lapic"},
    {"lapic3", "/cpu3/lapic"},
    {"lapic4", "/cpu4/lapic"},
    {"lapic5", "/cpu5/lapic"},
    {"lapic6", "/cpu6/lapic"},
    {"lapic7", "/cpu7/lapic"},
    {"nvme", "/pci/00/1c.0/00.0"},
    {"pic", "/pch/i8259"},
    {"pit", "/pch/i8254"},
    {"sep", "/pci/00/1c.0/00.2"},
    {"smbus", "/pci/00/1f.4"},
    {"uart", "/pch/uart0"},
    {"xhci", "/pci/00/14.0"},
};

const char *trace_alias_of(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (strcmp(aliases[i].path, path) == 0) return aliases[i].name;
    }
    return NULL;
}

const char *trace_alias_path(const char *alias)
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (strcmp(aliases[i].name, alias) == 0) return aliases[i].path;
    }
    return NULL;
}

const char *trace_alias(size_t index)
{
    return index < ARRAY_LEN(aliases) ? aliases[index].name : NULL;
}

/* When a letter does not fit, the last * takes one more: at most pattern times text steps. */
bool trace_glob_matches(const char *pattern, const char *text)
{
    const char *star = NULL;  /* what follows the last * */
    const char *taken = text; /* behind what that * has taken */

    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            taken = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++taken;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

bool trace_device_matches(const char *pattern, const char *path)
{
    const char *last = strrchr(path, '/');
    const char *alias;

    if (trace_glob_matches(pattern, path)) return true;
    if (last != NULL && trace_glob_matches(pattern, last + 1)) return true;
    alias = trace_alias_of(path);
    return alias != NULL && trace_glob_matches(pattern, alias);
}
