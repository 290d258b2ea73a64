/* SPDX-License-Identifier: GPL-2.0-only */
/* The bench of t2_sep_bench.h. */
#include "tests/unit/devices/apple/t2_sep_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/crypto/xts.h"

#define MSI_AT         0x50u
#define FEW_ITERATIONS 2u

static int store_save(void *ctx, const struct sep_record *record)
{
    struct sb *sb = ctx;

    if (sb->is_store_broken) return -1;
    sb->kept = *record;
    sb->saves++;
    return 0;
}

struct sep_record sb_record(uint8_t number)
{
    const uint8_t seed[KEY_BYTES] = {number};
    struct sep_record record;

    assert_int_equal(sep_make(&record, seed), SEP_OK);
    record.iterations = FEW_ITERATIONS;
    return record;
}

struct sep_record sb_volume(uint8_t number, const char *password)
{
    static const uint8_t id[SEP_ID_BYTES] = {0xd0, 0xd1, 0xd2};
    struct sep_record record = sb_record(number);
    const struct sep_password none = {.data = NULL};

    assert_int_equal(sep_make_volume(&record, id), SEP_OK);
    if (password != NULL) {
        const struct sep_password now = {.data = password, .bytes = strlen(password)};

        assert_int_equal(sep_change_password(&record, &none, &now), SEP_OK);
    }
    return record;
}

static void write_config(struct sb *sb, unsigned offset, unsigned size, uint32_t value)
{
    rig_write(sb->rig, PCI_LONE_BASE + offset, size, value);
}

void sb_enable(struct sb *sb)
{
    write_config(sb, PCI_BASE_ADDRESS_0 + 4 * T2_SEP_BAR, 4, (uint32_t)SB_BAR);
    write_config(sb, PCI_BASE_ADDRESS_0 + 4 * T2_SEP_BAR + 4, 4, 0);
    write_config(sb, MSI_AT + 4, 4, SB_MSI_ADDRESS);
    write_config(sb, MSI_AT + 12, 2, SB_MSI_DATA);
    write_config(sb, MSI_AT + 2, 2, 1);
    write_config(sb, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

void sb_create(struct sb *sb, const struct sep_record *record, const char *boot)
{
    struct t2_sep_config own = {.record = record, .store = {.ctx = sb, .save = store_save}};
    const struct pci_config config = {.part = &own};

    memset(sb, 0, sizeof(*sb));
    if (boot != NULL) {
        own.password = (struct sep_password){.data = boot, .bytes = strlen(boot)};
    }
    if (record != NULL) {
        sb->made = *record;
        sb->kept = *record;
    }
    sb->rig = rig_create();
    sb->dut = rig_device(sb->rig, &t2_sep_class, "/dut", &config);
    sb_enable(sb);
}

void sb_create_protected(struct sb *sb, const char *boot)
{
    const struct sep_record record = sb_volume(1, SB_PASSWORD);

    sb_create(sb, &record, boot);
}

void sb_destroy(struct sb *sb)
{
    rig_destroy(sb->rig);
}

uint32_t sb_read(struct sb *sb, uint64_t offset)
{
    return (uint32_t)rig_read(sb->rig, SB_BAR + offset, 4);
}

void sb_write(struct sb *sb, uint64_t offset, uint32_t value)
{
    rig_write(sb->rig, SB_BAR + offset, 4, value);
}

unsigned sb_waiting(struct sb *sb)
{
    return sb_read(sb, T2_SEP_STATUS) >> T2_SEP_STATUS_COUNT & 15;
}

void sb_send(struct sb *sb, unsigned endpoint, unsigned operation, uint32_t word1, uint32_t word2)
{
    sb->tag++;
    sb_write(sb, T2_SEP_SEND,
             endpoint | (uint32_t)sb->tag << T2_SEP_TAG_SHIFT |
                 operation << T2_SEP_OPERATION_SHIFT |
                 T2_SEP_EP_KEYSTORE << T2_SEP_PARAMETER_SHIFT);
    sb_write(sb, T2_SEP_SEND + 4, word1);
    sb_write(sb, T2_SEP_SEND + 8, word2);
}

unsigned sb_take(struct sb *sb)
{
    unsigned waiting = sb_waiting(sb);

    assert_int_not_equal(waiting, 0);
    for (unsigned i = 0; i < T2_SEP_WORDS; i++) {
        sb->reply[i] = sb_read(sb, T2_SEP_REPLY + 4 * i);
    }
    assert_int_equal(sb_waiting(sb), waiting - 1);
    return sb->reply[0] >> T2_SEP_PARAMETER_SHIFT;
}

unsigned sb_call(struct sb *sb, unsigned endpoint, unsigned operation, uint32_t word1,
                 uint32_t word2)
{
    uint64_t messages = sb->rig->messages;
    unsigned result;

    sb_send(sb, endpoint, operation, word1, word2);
    rig_advance(sb->rig, SB_LONGEST);
    assert_int_equal(sb->rig->messages, messages + 1);
    result = sb_take(sb);
    assert_int_equal(sb->reply[0] & 0xff, endpoint);
    assert_int_equal(sb->reply[0] >> T2_SEP_TAG_SHIFT & 0xff, sb->tag);
    assert_int_equal(sb->reply[0] >> T2_SEP_OPERATION_SHIFT & 0xff, operation | T2_SEP_IS_REPLY);
    return result;
}

unsigned sb_do(struct sb *sb, unsigned operation, uint32_t word1, uint32_t word2)
{
    return sb_call(sb, T2_SEP_EP_KEYSTORE, operation, word1, word2);
}

void sb_buffers(struct sb *sb)
{
    assert_int_equal(sb_call(sb, T2_SEP_EP_CONTROL, T2_SEP_SET_IN, SB_IN >> T2_SEP_PAGE_SHIFT,
                             T2_SEP_BUFFER_BYTES),
                     T2_SEP_OK);
    assert_int_equal(sb_call(sb, T2_SEP_EP_CONTROL, T2_SEP_SET_OUT, SB_OUT >> T2_SEP_PAGE_SHIFT,
                             T2_SEP_BUFFER_BYTES),
                     T2_SEP_OK);
}

void sb_begin_unlock(struct sb *sb, const char *password)
{
    memcpy(sb->rig->ram + SB_IN, password, strlen(password));
    sb_send(sb, T2_SEP_EP_KEYSTORE, T2_SEP_UNLOCK, (uint32_t)strlen(password), 0);
}

unsigned sb_unlock(struct sb *sb, const char *password)
{
    memcpy(sb->rig->ram + SB_IN, password, strlen(password));
    return sb_do(sb, T2_SEP_UNLOCK, (uint32_t)strlen(password), 0);
}

unsigned sb_change(struct sb *sb, const char *old, const char *now)
{
    memcpy(sb->rig->ram + SB_IN, old, strlen(old));
    memcpy(sb->rig->ram + SB_IN + T2_SEP_NEW_AT, now, strlen(now));
    return sb_do(sb, T2_SEP_CHANGE,
                 (uint32_t)strlen(old) | (uint32_t)strlen(now) << T2_SEP_LENGTH_SHIFT, 0);
}

uint32_t sb_flags(struct sb *sb)
{
    assert_int_equal(sb_do(sb, T2_SEP_GET_STATUS, 0, 0), T2_SEP_OK);
    return sb->reply[1];
}

void sb_cipher(struct sb *sb, uint8_t block[16])
{
    struct xts *volume = t2_sep_volume(sb->dut);

    assert_non_null(volume);
    memset(block, 0, 16);
    xts_encrypt(volume, 7, block, 16, 1);
}

bool sb_is_cipher(struct sb *sb, const uint8_t block[16])
{
    uint8_t mine[16];

    sb_cipher(sb, mine);
    return memcmp(mine, block, sizeof(mine)) == 0;
}
