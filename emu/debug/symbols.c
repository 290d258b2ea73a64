/* SPDX-License-Identifier: GPL-2.0-only */
/* Symbols of what runs in the guest: System.map's lines, or an ELF file. Hostile input: sizes are bounded, lines
 * that do not parse are passed over. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/debug/debugger_internal.h"

#define SYMBOLS_MAX   4000000u
#define NAME_MAX_KEPT 255u
#define NEAR_BYTES    (UINT64_C(1) << 20) /* of a symbol whose size is not known */
#define LINE_BYTES    512u
#define PLACEHOLDER   "B The real System.map"

int symbols_add(struct symbols *symbols, const struct symbol *symbol, const char *name,
                struct error *err)
{
    struct symbol *more;

    if (symbols->count >= SYMBOLS_MAX) return error_host(err, "there are too many symbols");
    if (symbols->count == symbols->room) {
        const size_t room = symbols->room == 0 ? 4096 : symbols->room * 2;

        more = realloc(symbols->by_addr, room * sizeof(*more));
        if (more == NULL) return error_host(err, "no memory for symbols");
        symbols->by_addr = more;
        symbols->room = room;
    }
    symbols->by_addr[symbols->count] = *symbol;
    symbols->by_addr[symbols->count].name = strndup(name, NAME_MAX_KEPT);
    if (symbols->by_addr[symbols->count].name == NULL) {
        return error_host(err, "no memory for symbols");
    }
    symbols->count++;
    return 0;
}

/* `ffffffff81000000 T _stext`, with [module] behind it perhaps. */
static bool parse_line(char *line, struct symbol *symbol, char **name)
{
    char *end;

    errno = 0;
    *symbol = (struct symbol){.addr = strtoull(line, &end, 16)};
    if (end == line || errno != 0 || *end != ' ' || end[1] == '\0' || end[2] != ' ') return false;
    /* Absolute symbols, percpu offsets among them, are no places. */
    if (end[1] == 'A' || end[1] == 'a' || end[1] == 'U') return false;
    symbol->is_function = strchr("tTwW", end[1]) != NULL;
    *name = end + 3;
    (*name)[strcspn(*name, " \t\r\n")] = '\0';
    return **name != '\0';
}

static int load_map(struct symbols *symbols, FILE *file, uint64_t slide, struct error *err)
{
    char line[LINE_BYTES];

    while (fgets(line, sizeof(line), file) != NULL) {
        struct symbol symbol;
        char *name;

        if (strstr(line, PLACEHOLDER) != NULL) {
            return error_usage(err,
                               "this System.map is Debian's placeholder: the real one is in the "
                               "kernel's -dbg package; /proc/kallsyms of the guest does as well");
        }
        if (!parse_line(line, &symbol, &name)) continue;
        symbol.addr += slide;
        if (symbols_add(symbols, &symbol, name, err) != 0) return -1;
    }
    return 0;
}

static int compare_addr(const void *a, const void *b)
{
    const struct symbol *left = a;
    const struct symbol *right = b;

    if (left->addr != right->addr) return left->addr < right->addr ? -1 : 1;
    return strcmp(left->name, right->name);
}

static int compare_name(const void *a, const void *b)
{
    const struct symbol *const *left = a;
    const struct symbol *const *right = b;
    const int order = strcmp((*left)->name, (*right)->name);

    if (order != 0) return order;
    if ((*left)->addr == (*right)->addr) return 0;
    return (*left)->addr < (*right)->addr ? -1 : 1;
}

static int finish(struct symbols *symbols, const char *path, struct error *err)
{
    if (symbols->count == 0) return error_usage(err, "%s: there are no symbols in it", path);
    symbols->by_name = calloc(symbols->count, sizeof(struct symbol *));
    if (symbols->by_name == NULL) return error_host(err, "no memory for symbols");
    qsort(symbols->by_addr, symbols->count, sizeof(*symbols->by_addr), compare_addr);
    for (size_t i = 0; i < symbols->count; i++) {
        symbols->by_name[i] = &symbols->by_addr[i];
    }
    qsort(symbols->by_name, symbols->count, sizeof(struct symbol *), compare_name);
    return 0;
}

static int load(struct symbols *symbols, FILE *file, const char *path, uint64_t slide,
                struct error *err)
{
    char magic[4] = "";
    const size_t got = fread(magic, 1, sizeof(magic), file);
    int result;

    rewind(file);
    if (got == sizeof(magic) && memcmp(magic, "\177ELF", 4) == 0) {
        result = symbols_load_elf(symbols, fileno(file), slide, err);
    } else {
        result = load_map(symbols, file, slide, err);
    }
    return result == 0 ? finish(symbols, path, err) : -1;
}

struct symbols *symbols_load(const char *path, uint64_t slide, struct error *err)
{
    struct symbols *symbols;
    FILE *file = fopen(path, "rb");
    int result;

    if (file == NULL) {
        (void)error_host(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    symbols = calloc(1, sizeof(*symbols));
    if (symbols == NULL) {
        (void)fclose(file);
        (void)error_host(err, "no memory for symbols");
        return NULL;
    }
    result = load(symbols, file, path, slide, err);
    (void)fclose(file);
    if (result == 0) return symbols;
    symbols_destroy(symbols);
    return NULL;
}

void symbols_destroy(struct symbols *symbols)
{
    if (symbols == NULL) return;
    for (size_t i = 0; i < symbols->count; i++) {
        free(symbols->by_addr[i].name);
    }
    free(symbols->by_addr);
    free(symbols->by_name);
    free(symbols);
}

bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *addr)
{
    size_t low = 0;
    size_t high = symbols->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (strcmp(symbols->by_name[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == symbols->count || strcmp(symbols->by_name[low]->name, name) != 0) return false;
    *addr = symbols->by_name[low]->addr;
    return true;
}

const char *symbols_suggest(const struct symbols *symbols, const char *name)
{
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (size_t i = 0; i < symbols->count; i++) {
        suggest_try(&meant, symbols->by_name[i]->name);
    }
    return meant.word;
}

bool symbols_name(const struct symbols *symbols, uint64_t addr, char *text, size_t bytes)
{
    const struct symbol *found;
    size_t low = 0;
    size_t high = symbols->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (symbols->by_addr[middle].addr <= addr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) return false;
    found = &symbols->by_addr[low - 1];
    /* Of several at one address the first by name, always. */
    while (found > symbols->by_addr && found[-1].addr == found->addr) {
        found--;
    }
    if (addr - found->addr >= (found->bytes != 0 ? found->bytes : NEAR_BYTES)) return false;
    if (addr == found->addr) {
        (void)snprintf(text, bytes, "%s", found->name);
    } else {
        (void)snprintf(text, bytes, "%s+0x%" PRIx64, found->name, addr - found->addr);
    }
    return true;
}

bool symbols_next_function(const struct symbols *symbols, size_t *next,
                           struct symbols_function *function)
{
    const struct symbol *list = symbols->by_addr;
    size_t index = *next;
    size_t behind;

    while (index < symbols->count && !list[index].is_function) {
        index++;
    }
    if (index == symbols->count) return false;
    behind = index + 1;
    while (behind < symbols->count &&
           (!list[behind].is_function || list[behind].addr == list[index].addr)) {
        behind++;
    }
    *next = behind;
    *function = (struct symbols_function){
        .name = list[index].name, .addr = list[index].addr, .bytes = list[index].bytes};
    if (function->bytes == 0) {
        function->bytes = behind < symbols->count ? list[behind].addr - function->addr : NEAR_BYTES;
    }
    if (function->bytes > SYMBOLS_FUNCTION_MAX) function->bytes = SYMBOLS_FUNCTION_MAX;
    return true;
}
