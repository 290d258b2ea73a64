/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No key is left behind, as far as a program can see it in itself: libcrypto gets an allocator that
 * looks at each piece of memory it gives back, and each operation runs on a stack of its own that is
 * searched afterwards. Registers, swap space and core dumps are out of its sight.
 */
#define _GNU_SOURCE /* memmem */

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/crypto.h>

#include "emu/base/bits.h"
#include "emu/crypto/digest.h"
#include "emu/crypto/keys.h"
#include "emu/crypto/signature.h"
#include "emu/crypto/xts.h"
#include "tests/unit/crypto/hex.h"

#if defined(__has_feature)
#define IS_CLANG_SANITIZED __has_feature(address_sanitizer)
#else
#define IS_CLANG_SANITIZED 0
#endif
/* The sanitizer stands in front of memcpy() and leaves on the stack what it copied. */
#if defined(__SANITIZE_ADDRESS__) || IS_CLANG_SANITIZED
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

#define STACK_BYTES (256u * 1024)
#define HEAD        16u /* in front of each piece: its length */
#define PIECE       8u  /* so many bytes of a key in a row are a find */

/* The key under test, outside of stack and libcrypto's heap. */
struct watch {
    const uint8_t *key;
    size_t key_bytes;
    unsigned finds;
    unsigned freed;
};

static struct watch watch;

static bool holds_key(const uint8_t *memory, size_t bytes)
{
    for (size_t i = 0; i + PIECE <= watch.key_bytes; i += PIECE) {
        if (memmem(memory, bytes, watch.key + i, PIECE) != NULL) return true;
    }
    return false;
}

static void *give(size_t bytes, const char *file, int line)
{
    uint8_t *memory = malloc(bytes + HEAD);

    (void)file;
    (void)line;
    if (memory == NULL) return NULL;
    memcpy(memory, &bytes, sizeof(bytes));
    return memory + HEAD;
}

static void take_back(void *memory, const char *file, int line)
{
    uint8_t *start;
    size_t bytes;

    (void)file;
    (void)line;
    if (memory == NULL) return;
    start = (uint8_t *)memory - HEAD;
    memcpy(&bytes, start, sizeof(bytes));
    watch.freed++;
    if (watch.key != NULL && holds_key(memory, bytes)) {
        watch.finds++;
    }
    memset(start, 0, bytes + HEAD);
    free(start);
}

static void *change(void *memory, size_t bytes, const char *file, int line)
{
    uint8_t *moved = give(bytes, file, line);
    size_t before;

    if (moved == NULL || memory == NULL) return moved;
    memcpy(&before, (uint8_t *)memory - HEAD, sizeof(before));
    memcpy(moved, memory, before < bytes ? before : bytes);
    take_back(memory, file, line);
    return moved;
}

/* Outside of the stack that is searched. */
struct scene {
    uint8_t key[XTS_KEY_BYTES];
    uint8_t data[4096];
    uint8_t out[4096];
    bool good;
};

static void *run_xts(void *ctx)
{
    struct scene *scene = ctx;
    struct xts *xts = xts_create(scene->key);

    xts_encrypt(xts, 3, scene->data, 4096, 1);
    xts_decrypt(xts, 4, scene->data, 4096, 1);
    xts_destroy(xts);
    scene->good = xts != NULL;
    return NULL;
}

/* The key is the wrapping one here, and the wrapped one below. */
static void *run_wrap_kek(void *ctx)
{
    struct scene *scene = ctx;

    scene->good = key_wrap(scene->key, scene->data, 32, scene->out) == 0 &&
                  key_unwrap(scene->key, scene->out, 32, scene->data) == 0;
    return NULL;
}

static void *run_wrap(void *ctx)
{
    struct scene *scene = ctx;

    scene->good = key_wrap(scene->data, scene->key, 64, scene->out) == 0 &&
                  key_unwrap(scene->data, scene->out, 64, scene->key) == 0;
    return NULL;
}

static void *run_derive(void *ctx)
{
    struct scene *scene = ctx;
    struct key_material material = {scene->key, 64, scene->data, 32, "use"};

    scene->good = key_derive(&material, scene->out, 32) == 0;
    return NULL;
}

static void *run_stretch(void *ctx)
{
    struct scene *scene = ctx;

    scene->good = key_stretch(scene->key, 32, scene->data, 10, scene->out) == 0;
    return NULL;
}

static void *run_stretch_file(void *ctx)
{
    struct scene *scene = ctx;

    scene->good = key_stretch_file(scene->key, 32, scene->data, 10, scene->out) == 0;
    return NULL;
}

static void *run_seal(void *ctx)
{
    struct scene *scene = ctx;
    struct key_seal seal = {.key = scene->key, .aad = "bound"};

    scene->good = key_seal(&seal, scene->data, 100, scene->out) == 0 &&
                  key_open(&seal, scene->out, 100, scene->data) == 0;
    return NULL;
}

static void *run_hmac(void *ctx)
{
    struct scene *scene = ctx;

    scene->good = digest_hmac(scene->key, 32, scene->data, 100, scene->out) == 0;
    return NULL;
}

static void *run_sign(void *ctx)
{
    struct scene *scene = ctx;

    scene->good = signature_sign(scene->key, scene->data, 100, scene->out) == 0 &&
                  signature_public(scene->key, scene->out + 64) == 0;
    return NULL;
}

struct run {
    const char *name;
    void *(*function)(void *);
    size_t key_bytes;
};

/* On `stack`, which is all zeros before. Returns whether the key is left on it. */
static bool run_on(uint8_t *stack, void *(*function)(void *), struct scene *scene)
{
    pthread_attr_t attr;
    pthread_t thread;

    memset(stack, 0, STACK_BYTES);
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstack(&attr, stack, STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attr, function, scene), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attr);
    assert_true(scene->good);
    return holds_key(stack, STACK_BYTES);
}

static void check(const struct run *run, uint8_t *stack)
{
    struct scene scene;
    bool is_on_stack;

    assert_int_equal(key_random(&scene, sizeof(scene)), 0);
    watch = (struct watch){.key = scene.key, .key_bytes = run->key_bytes};
    is_on_stack = run_on(stack, run->function, &scene) && !IS_SANITIZED;
    assert_true(watch.freed > 0);
    if (watch.finds > 0 || is_on_stack) {
        fail_msg("%s: %u pieces of freed memory hold the key; the stack %s", run->name, watch.finds,
                 is_on_stack ? "does too" : "does not");
    }
    watch.key = NULL;
}

static uint8_t *make_stack(void)
{
    uint8_t *stack =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(stack != MAP_FAILED);
    return stack;
}

static void test_nothing_left(void **state)
{
    static const struct run runs[] = {
        {"xts", run_xts, 64},
        {"wrap, the wrapping key", run_wrap_kek, 32},
        {"wrap, the wrapped key", run_wrap, 64},
        {"derive", run_derive, 64},
        {"stretch", run_stretch, 32},
        {"stretch_file", run_stretch_file, 32},
        {"seal", run_seal, 32},
        {"hmac", run_hmac, 32},
        {"sign", run_sign, 32},
    };
    uint8_t *stack = make_stack();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        check(&runs[i], stack);
    }
    munmap(stack, STACK_BYTES);
}

static void *run_careless(void *ctx)
{
    struct scene *scene = ctx;
    volatile uint8_t local[XTS_KEY_BYTES];
    uint8_t *copy = OPENSSL_malloc(XTS_KEY_BYTES);

    if (copy != NULL) {
        memcpy(copy, scene->key, XTS_KEY_BYTES);
    }
    OPENSSL_free(copy);
    for (size_t i = 0; i < XTS_KEY_BYTES; i++) {
        local[i] = scene->key[i];
    }
    scene->good = copy != NULL && local[0] == scene->key[0];
    return NULL;
}

/* The watch itself: a key that is left in freed memory and on the stack is found. */
static void test_watch(void **state)
{
    uint8_t *stack = make_stack();
    struct scene scene;

    (void)state;
    assert_int_equal(key_random(&scene, sizeof(scene)), 0);
    watch = (struct watch){.key = scene.key, .key_bytes = XTS_KEY_BYTES};
    assert_true(run_on(stack, run_careless, &scene));
    assert_int_equal(watch.finds, 1);
    watch.key = NULL;
    munmap(stack, STACK_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_nothing_left),
    };

    if (CRYPTO_set_mem_functions(give, change, take_back) != 1) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
