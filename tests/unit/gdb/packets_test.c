/* SPDX-License-Identifier: GPL-2.0-only */
/* GDB's protocol: framing, registers, memory, breakpoints, what the two sides agree upon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/debug/gdb/gdb_internal.h"
#include "emu/debug/gdb/register_list.h"
#include "tests/unit/gdb/wire.h"

static struct wire *wire;

static int open_reader(void **state)
{
    (void)state;
    wire = wire_open(FAKE_CORES, false);
    return 0;
}

static int open_writer(void **state)
{
    (void)state;
    wire = wire_open(FAKE_CORES, true);
    return 0;
}

static int close_wire(void **state)
{
    (void)state;
    wire_close(wire);
    return 0;
}

/* ---- Framing ---- */

static void packets_are_acknowledged_until_told_otherwise(void **state)
{
    (void)state;
    ASSERT_ANSWER("qC", "QC1");
    assert_int_equal(wire->got[0], '+');
    ASSERT_ANSWER("QStartNoAckMode", "OK");
    assert_int_equal(wire->got[0], '+');
    ASSERT_ANSWER("qC", "QC1");
    assert_int_equal(wire->got[0], '$');
}

static void a_wrong_sum_is_asked_for_again(void **state)
{
    (void)state;
    wire_put(wire, "$qC#00", 6);
    assert_string_equal(wire->got, "-");
    wire_put(wire, "$qC#zz", 6);
    assert_string_equal(wire->got, "--");
}

static void the_last_answer_is_sent_again_but_not_for_ever(void **state)
{
    (void)state;
    ASSERT_ANSWER("qC", "QC1");
    const size_t once = strlen("$QC1#xx");
    const size_t before = wire->bytes;

    for (unsigned i = 0; i < 1000; i++)
        wire_put(wire, "-", 1);
    assert_int_equal(wire->bytes, before + GDB_RESENDS_MAX * once);
}

static void any_cut_is_the_same(void **state)
{
    static const char stream[] = "+$qC#b4+$m1000,1#8b\x03$?#3f";

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(stream); i++)
        wire_put(wire, &stream[i], 1);
    assert_non_null(strstr(wire->got, "$QC1#"));
    assert_non_null(strstr(wire->got, "$00#"));
    assert_non_null(strstr(wire->got, "$T05"));
}

static void a_packet_that_is_too_long_is_refused(void **state)
{
    char *body = malloc(GDB_PACKET_BYTES + 1);

    (void)state;
    assert_non_null(body);
    memset(body, 'q', GDB_PACKET_BYTES + 1);
    assert_memory_equal(wire_ask_bytes(wire, body, GDB_PACKET_BYTES + 1), "E.", 2);
    assert_string_equal(wire_ask_bytes(wire, body, GDB_PACKET_BYTES), "");
    free(body);
}

static void what_is_unknown_gets_an_empty_answer(void **state)
{
    static const char *const packets[] = {"",
                                          "vMustReplyEmpty",
                                          "qL1200000000000000000",
                                          "!",
                                          "R00",
                                          "i",
                                          "Z5,0,1",
                                          "b",
                                          "bx",
                                          "QNonStop:1",
                                          "qXfer:auxv:read::0,10",
                                          "\x7f",
                                          "vCtrlC",
                                          "F1",
                                          "qXfer:features:write:target.xml:0:x"};

    (void)state;
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        ASSERT_ANSWER(packets[i], "");
        assert_non_null(strstr(wire->got, "$#00"));
    }
}

/* ---- What both sides can do ---- */

static void features_are_told(void **state)
{
    static const char *const words[] = {"PacketSize=4000",
                                        "QStartNoAckMode+",
                                        "qXfer:features:read+",
                                        "qXfer:memory-map:read+",
                                        "qXfer:threads:read+",
                                        "vContSupported+",
                                        "swbreak+",
                                        "hwbreak+",
                                        "ReverseStep+",
                                        "ReverseContinue+"};
    const char *answer;

    (void)state;
    answer = wire_ask(wire, "qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_non_null(strstr(answer, words[i]));
    }
    assert_null(strstr(answer, "multiprocess"));
    ASSERT_ANSWER("vCont?", "vCont;c;C;s;S;t;r");
    ASSERT_ANSWER("qAttached", "1");
    ASSERT_ANSWER("qSymbol::", "OK");
}

/* The whole of a document, read in pieces of `piece` bytes. */
static size_t read_document(const char *name, unsigned piece, char *text, size_t room)
{
    size_t bytes = 0;

    for (;;) {
        char packet[128];
        const char *answer;

        (void)snprintf(packet, sizeof(packet), "qXfer:%s:%zx,%x", name, bytes, piece);
        answer = wire_ask(wire, packet);
        assert_true(answer[0] == 'm' || answer[0] == 'l');
        for (const char *at = answer + 1; *at != '\0'; at++) {
            assert_true(bytes + 1 < room);
            if (*at == '}') {
                at++;
                text[bytes++] = (char)(*at ^ 0x20);
            } else {
                text[bytes++] = *at;
            }
        }
        if (answer[0] == 'l') break;
    }
    text[bytes] = '\0';
    return bytes;
}

static void documents_are_the_same_in_any_pieces(void **state)
{
    static const char *const names[] = {"features:read:target.xml",
                                        "threads:read:", "memory-map:read:"};
    char *whole = malloc(GDB_DOCUMENT_BYTES + 1);
    char *pieces = malloc(GDB_DOCUMENT_BYTES + 1);

    (void)state;
    assert_true(whole != NULL && pieces != NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)read_document(names[i], 0xffffffff, whole, GDB_DOCUMENT_BYTES + 1);
        (void)read_document(names[i], 77, pieces, GDB_DOCUMENT_BYTES + 1);
        assert_string_equal(whole, pieces);
        assert_memory_equal(whole, "<?xml", 5);
        assert_int_equal(whole[strlen(whole) - 2], '>');
    }
    free(whole);
    free(pieces);
}

static void a_document_ends_where_it_ends(void **state)
{
    (void)state;
    ASSERT_ANSWER("qXfer:features:read:target.xml:ffffffffffffffff,10", GDB_EINVAL);
    ASSERT_ANSWER("qXfer:features:read:target.xml:10", GDB_EINVAL);
    ASSERT_ANSWER("qXfer:features:read:other.xml:0,10", "E00");
    ASSERT_ANSWER("qXfer:threads:read::0,0", "m");
}

/* ---- Threads ---- */

static void cores_are_threads(void **state)
{
    (void)state;
    ASSERT_ANSWER("qfThreadInfo", "m1,2,3,4");
    ASSERT_ANSWER("qsThreadInfo", "l");
    ASSERT_ANSWER("T4", "OK");
    ASSERT_ANSWER("T5", GDB_EINVAL);
    ASSERT_ANSWER("T0", GDB_EINVAL);
    ASSERT_ANSWER("Tp1.1", GDB_EINVAL);
    ASSERT_ANSWER("Hg3", "OK");
    ASSERT_ANSWER("qC", "QC3");
    ASSERT_ANSWER("Hg0", "OK");
    ASSERT_ANSWER("qC", "QC3");
    ASSERT_ANSWER("Hg9", GDB_EINVAL);
    ASSERT_ANSWER("Hx1", GDB_EINVAL);
    ASSERT_ANSWER("Hc-1", "OK");
    ASSERT_ANSWER("qThreadExtraInfo,4", "636f72652033205b68616c7465645d"); /* core 3 [halted] */
    ASSERT_ANSWER("qThreadExtraInfo,9", GDB_EINVAL);
}

/* ---- Registers ---- */

static void registers_have_the_sizes_of_the_description(void **state)
{
    char packet[32];
    size_t general = 0;

    (void)state;
    for (unsigned i = 0;; i++) {
        const struct gdb_register *reg = gdb_register(i);
        const char *answer;

        (void)snprintf(packet, sizeof(packet), "p%x", i);
        answer = wire_ask(wire, packet);
        if (reg == NULL) {
            assert_string_equal(answer, GDB_EINVAL);
            break;
        }
        assert_int_equal(strlen(answer), reg->bits / 4);
        if (i < gdb_general_count()) general += reg->bits / 4;
    }
    assert_int_equal(strlen(wire_ask(wire, "g")), general);
    ASSERT_ANSWER("pffffffffffffffff", GDB_EINVAL);
    ASSERT_ANSWER("p", GDB_EINVAL);
    ASSERT_ANSWER("p1x", GDB_EINVAL);
}

static unsigned number_of(const char *name)
{
    unsigned i = 0;

    while (gdb_register(i) != NULL && strcmp(gdb_register(i)->name, name) != 0)
        i++;
    assert_non_null(gdb_register(i));
    return i;
}

static const char *ask_register(const char *name)
{
    char packet[32];

    (void)snprintf(packet, sizeof(packet), "p%x", number_of(name));
    return wire_ask(wire, packet);
}

static void registers_have_their_values(void **state)
{
    (void)state;
    assert_string_equal(ask_register("rcx"), "1111111111111111");
    assert_string_equal(ask_register("rbx"), "3333333333333333");
    assert_string_equal(ask_register("rsp"), "0070000000000000");
    assert_string_equal(ask_register("eflags"), "02020000");
    assert_string_equal(ask_register("cs"), "10000000");
    assert_string_equal(ask_register("cs_flags"), "9baf0000");
    assert_string_equal(ask_register("st0"), "0000000000000080ff3f");
    assert_string_equal(ask_register("ftag"), "ff3f0000"); /* all empty but register 7, valid */
    assert_string_equal(ask_register("xmm1"), "30313233343536373839616263646566");
    assert_string_equal(ask_register("cr4"), "f006000000000000");
    assert_string_equal(ask_register("lstar"), "820000c000000100");
    assert_string_equal(ask_register("debugctl"), "xxxxxxxxxxxxxxxx");
    assert_string_equal(ask_register("mode"), "40000000");
}

static void the_instruction_pointer_is_linear_in_other_modes(void **state)
{
    (void)state;
    fake_set_bits(wire->fake, 16);
    assert_string_equal(ask_register("rip"), "0010ffff00000000");
    assert_string_equal(ask_register("ip"), "0010000000000000");
    assert_string_equal(ask_register("mode"), "10000000");
}

static void a_recording_is_only_read(void **state)
{
    (void)state;
    ASSERT_ANSWER("P0=0500000000000000", "E.A recording can only be looked at");
    ASSERT_ANSWER("P0=0000000000000000", "OK"); /* that is what it is */
    ASSERT_ANSWER("M2000,1:55", "E.A recording can only be looked at");
    ASSERT_ANSWER("X2000,0:", "OK");
    ASSERT_ANSWER("X2000,1:U", "E.A recording can only be looked at");
    ASSERT_BEGINS("G00", "E.");
    ASSERT_ANSWER("m2000,1", "00");
}

static void a_live_machine_is_changed(void **state)
{
    char all[4096];

    (void)state;
    fake_goto(wire->fake, FAKE_END);
    ASSERT_ANSWER("P0=0500000000000000", "OK");
    ASSERT_ANSWER("p0", "0500000000000000");
    assert_false(fake_is_cut(wire->fake));
    fake_goto(wire->fake, 40); /* four rounds: the core stands at a boundary */
    ASSERT_ANSWER("P10=3412000000000000", "OK");
    ASSERT_ANSWER("p10", "3412000000000000");
    assert_true(fake_is_cut(wire->fake)); /* what was to come is forgotten */
    ASSERT_ANSWER("P12=0500", GDB_EINVAL);
    ASSERT_ANSWER("P12=05000000", "E.This register can only be read");
    ASSERT_ANSWER("P11=02022000", "E.Only the arithmetic flags, IF, DF and TF can be changed");
    (void)snprintf(all, sizeof(all), "G%s", wire_ask(wire, "g"));
    ASSERT_ANSWER(all, "OK");
    all[1] = '9';
    ASSERT_ANSWER(all, "OK");
    ASSERT_BEGINS("p0", "9");
    ASSERT_ANSWER("G0000", GDB_EINVAL);
}

static void inside_a_block_nothing_is_changed(void **state)
{
    (void)state;
    fake_goto(wire->fake, 3);
    ASSERT_BEGINS("P0=0500000000000000", "E.The core stands inside a block");
    ASSERT_BEGINS("M2000,1:55", "E.The core stands inside a block");
    assert_false(fake_is_cut(wire->fake));
}

/* ---- Memory ---- */

static void memory_is_read_as_far_as_it_goes(void **state)
{
    char packet[64];

    (void)state;
    ASSERT_ANSWER("mfffe,8", "0000");
    ASSERT_ANSWER("m10000,1", GDB_EFAULT);
    ASSERT_ANSWER("mffffffffffffffff,2", GDB_EFAULT);
    ASSERT_ANSWER("m1000,0", "");
    ASSERT_ANSWER("m1000", GDB_EINVAL);
    ASSERT_ANSWER("m1000,1,1", GDB_EINVAL);
    ASSERT_ANSWER("m11111111111111111,1", GDB_EINVAL);
    (void)snprintf(packet, sizeof(packet), "m0,%x", GDB_PACKET_BYTES);
    assert_int_equal(strlen(wire_ask(wire, packet)), GDB_PACKET_BYTES);
    assert_int_equal(strlen(wire_ask(wire, "m0,ffffffffffffffff")), GDB_PACKET_BYTES);
}

static void memory_is_written(void **state)
{
    static const char binary[] = "X3000,5:a}\x03}]\0z";

    (void)state;
    fake_goto(wire->fake, FAKE_END);
    ASSERT_ANSWER("M2000,3:0a0b0c", "OK");
    ASSERT_ANSWER("m2000,4", "0a0b0c00");
    assert_string_equal(wire_ask_bytes(wire, binary, sizeof(binary) - 1), "OK");
    ASSERT_ANSWER("m3000,5", "61237d007a");
    ASSERT_ANSWER("M2000,3:0a0b", GDB_EINVAL);
    ASSERT_ANSWER("M2000,1:0a0b", GDB_EINVAL);
    ASSERT_ANSWER("Mffff,2:0a0b", GDB_EFAULT);
    ASSERT_ANSWER("M2000,ffffffff:00", GDB_EINVAL);
}

/* ---- Breakpoints ---- */

static void breakpoints_stay_from_stop_to_stop(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        ASSERT_ANSWER("Z0,1007,1", "OK");
        ASSERT_ANSWER("Z0,1007,1", "OK"); /* the same again is the same */
        ASSERT_ANSWER("Z2,8000,8", "OK");
        ASSERT_BEGINS("vCont;c", "T05");
        ASSERT_ANSWER("z0,1007,1", "OK");
        ASSERT_ANSWER("z2,8000,8", "OK");
    }
    assert_int_equal(fake_sets(wire->fake), 2);
    ASSERT_BEGINS("s", "T05");
    assert_int_equal(fake_points(wire->fake), 0);
}

static void there_is_room_for_so_many_breakpoints(void **state)
{
    char packet[32];

    (void)state;
    for (unsigned i = 0; i < GDB_BREAKPOINTS_MAX; i++) {
        (void)snprintf(packet, sizeof(packet), "Z1,%x,1", 0x10000 + i);
        ASSERT_ANSWER(packet, "OK");
    }
    ASSERT_ANSWER("Z1,20000,1", GDB_ENOSPC);
    ASSERT_ANSWER("z1,10000,1", "OK");
    ASSERT_ANSWER("Z1,20000,1", "OK");
}

static void nonsense_is_no_breakpoint(void **state)
{
    (void)state;
    ASSERT_ANSWER("Z2,8000,0", GDB_EINVAL);
    ASSERT_ANSWER("Z2,ffffffffffffffff,2", GDB_EINVAL);
    ASSERT_ANSWER("Z2,0,100000001", GDB_EINVAL);
    ASSERT_ANSWER("Z2,8000", GDB_EINVAL);
    ASSERT_ANSWER("Z,8000,1", GDB_EINVAL);
    ASSERT_ANSWER("Z", GDB_EINVAL);
    ASSERT_ANSWER("Z0,bad,1", "E.there is nothing to stop at");
    ASSERT_ANSWER("z0,1234,1", "OK");
    assert_int_equal(fake_points(wire->fake), 0);
}

/* ---- Leaving ---- */

static void a_client_detaches(void **state)
{
    (void)state;
    ASSERT_ANSWER("Z0,1007,1", "OK");
    ASSERT_ANSWER("D", "OK");
    assert_true(gdb_server_is_detached(wire->server));
    assert_int_equal(fake_points(wire->fake), 0);
    ASSERT_ANSWER("qC", "");
}

static void a_client_kills(void **state)
{
    (void)state;
    ASSERT_BEGINS("vAttach;1", "E.");
    ASSERT_BEGINS("vRun;", "E.");
    ASSERT_ANSWER("vKill;1", "OK");
    assert_true(gdb_server_is_killed(wire->server));
    assert_false(gdb_server_is_detached(wire->server));
}

#define READER(test) cmocka_unit_test_setup_teardown(test, open_reader, close_wire)
#define WRITER(test) cmocka_unit_test_setup_teardown(test, open_writer, close_wire)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READER(packets_are_acknowledged_until_told_otherwise),
        READER(a_wrong_sum_is_asked_for_again),
        READER(the_last_answer_is_sent_again_but_not_for_ever),
        READER(any_cut_is_the_same),
        READER(a_packet_that_is_too_long_is_refused),
        READER(what_is_unknown_gets_an_empty_answer),
        READER(features_are_told),
        READER(documents_are_the_same_in_any_pieces),
        READER(a_document_ends_where_it_ends),
        READER(cores_are_threads),
        READER(registers_have_the_sizes_of_the_description),
        READER(registers_have_their_values),
        READER(the_instruction_pointer_is_linear_in_other_modes),
        READER(a_recording_is_only_read),
        WRITER(a_live_machine_is_changed),
        WRITER(inside_a_block_nothing_is_changed),
        READER(memory_is_read_as_far_as_it_goes),
        WRITER(memory_is_written),
        READER(breakpoints_stay_from_stop_to_stop),
        READER(there_is_room_for_so_many_breakpoints),
        READER(nonsense_is_no_breakpoint),
        READER(a_client_detaches),
        READER(a_client_kills),
    };

    return cmocka_run_group_tests_name("gdb_packets", tests, NULL, NULL);
}
