/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory and strings: see mem.h. The compiler's builtins end up in string instructions (arch/x86/tables.S). */
#include "firmware/lib/mem.h"

void mem_copy(void *to, const void *from, size_t bytes)
{
    __builtin_memcpy(to, from, bytes);
}

void mem_zero(void *to, size_t bytes)
{
    __builtin_memset(to, 0, bytes);
}

bool mem_equal(const void *a, const void *b, size_t bytes)
{
    return __builtin_memcmp(a, b, bytes) == 0;
}

size_t str_length(const char *s, size_t max)
{
    size_t length = 0;

    while (length < max && s[length] != '\0') {
        length++;
    }
    return length;
}

uint8_t sum8(const void *data, size_t bytes)
{
    const uint8_t *p = data;
    uint8_t sum = 0;

    for (size_t i = 0; i < bytes; i++) {
        sum = (uint8_t)(sum + p[i]);
    }
    return sum;
}
