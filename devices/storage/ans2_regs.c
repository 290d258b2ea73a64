/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2: registers (3.1), and what CC does: enabling, controller reset (7.3), shutdown (7.6.2).
 *
 * Chosen:
 *  - A 64-bit register takes accesses of any size by byte lanes. A doorbell takes one of 4 bytes (or
 *    the 8 that cover two of them); others are a guest error without effect.
 *  - CC.EN set with a page size, command set or arbitration that CAP does not offer, or with an admin
 *    queue of fewer than two entries, is CSTS.CFS instead of CSTS.RDY.
 *  - While CC.EN is set the other fields but SHN cannot be changed (3.1.5 forbids it): a guest error.
 *  - Shutdown: a normal one lets the commands at work come to their end, an abrupt one drops them; both
 *    then empty the write caches. From then on no command is fetched until CC.EN goes to 0.
 *  - CC.EN going to 0 drops the commands at work; the write caches stay as they are (7.3.2: power does
 *    not go). It clears SHST and CFS.
 */
#include "devices/storage/ans2_internal.h"
#include "emu/base/bits.h"

/* CAP: queues of ANS2_ENTRIES_MAX, physically contiguous, 20 s to become ready, doorbells 4 bytes
 * apart, no subsystem reset, NVM command set, pages of 4 KiB only, round robin only. */
#define CAP_CQR        BIT(16)
#define CAP_TO         (UINT64_C(40) << 24)
#define CAP_CSS_NVM    BIT(37)
#define CAP_VALUE      ((ANS2_ENTRIES_MAX - 1) | CAP_CQR | CAP_TO | CAP_CSS_NVM)
#define AQA_RW         UINT32_C(0x0fff0fff)
#define AQA_ASQS       UINT32_C(0x00000fff)
#define AQA_ACQS_SHIFT 16
#define PAGE_MASK      (~UINT64_C(0xfff))
#define CC_RW                                                                              \
    (NVME_CC_EN | NVME_CC_CSS | NVME_CC_MPS | NVME_CC_AMS | NVME_CC_SHN | NVME_CC_IOSQES | \
     NVME_CC_IOCQES)
#define CC_FIXED     (NVME_CC_CSS | NVME_CC_MPS | NVME_CC_AMS) /* while enabled */
#define ENTRY_SIZES  (NVME_CC_IOSQES | NVME_CC_IOCQES)
#define DOORBELLS    ((ANS2_REGISTERS_BYTES - NVME_REG_DOORBELL) / 4)
#define READY_TIME   VTIME_MS(2)
#define DISABLE_TIME VTIME_US(100)
#define QUIET_TIME   VTIME_US(1) /* from the last command to the end of a shutdown */

bool ans2_is_running(const struct ans2 *ans2)
{
    return (ans2->csts & NVME_CSTS_RDY) != 0 && (ans2->cc & NVME_CC_EN) != 0 && !ans2->is_dead &&
           (ans2->csts & NVME_CSTS_SHST) == 0;
}

/* ---- Ready ---- */

/* The admin queue from its registers. */
static void make_admin_queue(struct ans2 *ans2)
{
    ans2->queue[0] = (struct ans2_queue){
        .has_sq = true,
        .has_cq = true,
        .has_interrupt = true,
        .sq_base = ans2->asq,
        .cq_base = ans2->acq,
        .sq_entries = (ans2->aqa & AQA_ASQS) + 1,
        .cq_entries = (ans2->aqa >> AQA_ACQS_SHIFT) + 1,
        .phase = 1,
    };
}

void ans2_ready_fire(void *owner, vtime when)
{
    struct ans2 *ans2 = owner;

    (void)when;
    if ((ans2->cc & NVME_CC_EN) == 0) {
        ans2->csts &= ~NVME_CSTS_RDY;
    } else if (!ans2->is_dead) {
        make_admin_queue(ans2);
        ans2->csts |= NVME_CSTS_RDY;
        ans2_notes_keep(ans2, false);
        ans2_warnings_update(ans2);
    }
}

static bool can_enable(struct ans2 *ans2)
{
    const uint32_t sq = ans2->aqa & AQA_ASQS;
    const uint32_t cq = ans2->aqa >> AQA_ACQS_SHIFT;

    if ((ans2->cc & CC_FIXED) != 0) {
        device_guest_error(&ans2->fn.device, "enabled with settings that CAP does not offer",
                           ans2->cc, 0);
        return false;
    }
    if (sq == 0 || cq == 0) {
        device_guest_error(&ans2->fn.device, "enabled with an admin queue of one entry", ans2->aqa,
                           0);
        return false;
    }
    return true;
}

static void enable(struct ans2 *ans2)
{
    struct sched *sched = ans2->fn.device.env.sched;

    if ((ans2->csts & NVME_CSTS_RDY) != 0) {
        device_guest_error(&ans2->fn.device, "enabled before it was disabled", ans2->csts, 0);
    }
    sched_cancel(sched, &ans2->shutdown);
    ans2->csts &= ~(NVME_CSTS_RDY | NVME_CSTS_SHST);
    if (!can_enable(ans2)) {
        ans2_die(ans2);
        return;
    }
    sched_at(sched, &ans2->ready,
             device_now(&ans2->fn.device) +
                 (ans2->config.is_functional ? DISABLE_TIME : READY_TIME));
}

/* Controller reset: AQA, ASQ and ACQ stay (7.3.2). */
static void disable(struct ans2 *ans2)
{
    ans2_controller_reset(ans2);
    ans2->intms = 0;
    ans2->csts &= NVME_CSTS_RDY;
    sched_at(ans2->fn.device.env.sched, &ans2->ready, device_now(&ans2->fn.device) + DISABLE_TIME);
}

/* ---- Shutdown ---- */

static vtime shutdown_end(struct ans2 *ans2)
{
    const vtime now = device_now(&ans2->fn.device);
    vtime end = now;

    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        if (ans2->slot[i].state == ANS2_SLOT_WORKING) {
            end = max_u64(end, ans2->slot[i].done);
        }
    }
    return max_u64(end, ans2_book_flush(ans2, now)) + QUIET_TIME;
}

static void shut_down(struct ans2 *ans2, uint32_t kind)
{
    if (ans2->is_dead || (ans2->csts & NVME_CSTS_SHST) != 0) return;
    if (kind != NVME_CC_SHN_NORMAL) {
        ans2_queues_stop(ans2);
    }
    ans2->csts |= NVME_CSTS_SHST_BUSY;
    sched_at(ans2->fn.device.env.sched, &ans2->shutdown, shutdown_end(ans2));
}

void ans2_shutdown_fire(void *owner, vtime when)
{
    struct ans2 *ans2 = owner;

    (void)when;
    ans2_notes_keep(ans2, true);
    (void)ans2_flush_modules(ans2);
    ans2_queues_stop(ans2);
    ans2->csts = (ans2->csts & ~NVME_CSTS_SHST) | NVME_CSTS_SHST_DONE;
}

/* ---- Register hooks ---- */

static uint64_t cap_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return CAP_VALUE;
}

static uint64_t vs_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return ANS2_VERSION;
}

static uint64_t zero_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

static uint64_t mask_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index, (void)stored;
    return ans2_of(device)->intms;
}

static void intms_write(struct device *device, const struct reg_write *write)
{
    ans2_of(device)->intms |= (uint32_t)write->written;
}

static void intmc_write(struct device *device, const struct reg_write *write)
{
    struct ans2 *ans2 = ans2_of(device);
    const uint32_t before = ans2->intms;

    ans2->intms &= ~(uint32_t)write->written;
    if ((before & ~ans2->intms & ANS2_VECTOR_BIT) != 0) {
        ans2_unmasked(ans2);
    }
}

static void cc_write(struct device *device, const struct reg_write *write)
{
    struct ans2 *ans2 = ans2_of(device);
    const uint32_t old = (uint32_t)write->old;
    const uint32_t shn = ans2->cc & NVME_CC_SHN;

    if ((old & ans2->cc & NVME_CC_EN) != 0 && ((old ^ ans2->cc) & CC_FIXED) != 0) {
        device_guest_error(device, "CC changed while enabled", old, ans2->cc);
        ans2->cc = (ans2->cc & ~CC_FIXED) | (old & CC_FIXED);
    }
    if (((old ^ ans2->cc) & NVME_CC_EN) != 0) {
        if ((ans2->cc & NVME_CC_EN) != 0) {
            enable(ans2);
        } else {
            disable(ans2);
        }
    }
    if (shn != 0 && shn != (old & NVME_CC_SHN)) {
        shut_down(ans2, shn);
    }
}

static void nssr_write(struct device *device, const struct reg_write *write)
{
    device_guest_error(device, "subsystem reset, which CAP does not offer", write->written, 0);
}

/* Admin queue registers while the controller is enabled: 3.1.8 to 3.1.10 forbid it; they are looked
 * at when it becomes ready. */
static void admin_write(struct device *device, const struct reg_write *write)
{
    if ((ans2_of(device)->cc & NVME_CC_EN) == 0) return;
    device_guest_error(device, "admin queue changed while enabled", write->old, write->now);
}

static void doorbell_write(struct device *device, const struct reg_write *write)
{
    const struct trace *trace = device->env.trace;
    const struct trace_record *record = trace != NULL ? trace_find(trace, trace_seq(trace)) : NULL;
    struct ans2 *ans2 = ans2_of(device);
    const unsigned queue = write->index / 2;

    if (write->lanes != UINT32_MAX) {
        device_guest_error(device, "doorbell written in part", write->index, write->lanes);
        return;
    }
    if (queue < ANS2_QUEUES) {
        ans2->queue[queue].pc = record != NULL ? record->pc : 0;
        ans2->queue[queue].rung = record != NULL ? record->seq : 0;
    }
    ans2_ring(ans2, queue, write->index % 2 != 0, (uint32_t)write->written);
}

/* ---- The table ---- */

static const struct reg_field cap_fields[] = {
    {"MQES", 15, 0},   {"CQR", 16, 16}, {"AMS", 18, 17},    {"TO", 31, 24},     {"DSTRD", 35, 32},
    {"NSSRS", 36, 36}, {"CSS", 44, 37}, {"MPSMIN", 51, 48}, {"MPSMAX", 55, 52}, {.name = NULL},
};
static const struct reg_field cc_fields[] = {
    {"EN", 0, 0},    {"CSS", 6, 4},      {"MPS", 10, 7},     {"AMS", 13, 11},
    {"SHN", 15, 14}, {"IOSQES", 19, 16}, {"IOCQES", 23, 20}, {.name = NULL},
};
static const struct reg_field csts_fields[] = {
    {"RDY", 0, 0}, {"CFS", 1, 1}, {"SHST", 3, 2}, {"NSSRO", 4, 4}, {"PP", 5, 5}, {.name = NULL},
};
static const struct reg_field aqa_fields[] = {
    {"ASQS", 11, 0},
    {"ACQS", 27, 16},
    {.name = NULL},
};

static const struct reg regs[] = {
    {.name = "CAP",
     .offset = NVME_REG_CAP,
     .size = 8,
     REG_UNBACKED,
     .get = cap_get,
     .fields = cap_fields},
    {.name = "VS", .offset = NVME_REG_VS, .size = 4, REG_UNBACKED, .get = vs_get},
    {.name = "INTMS",
     .offset = NVME_REG_INTMS,
     .size = 4,
     REG_UNBACKED,
     .get = mask_get,
     .write = intms_write},
    {.name = "INTMC",
     .offset = NVME_REG_INTMC,
     .size = 4,
     REG_BACKED(struct ans2, intms),
     .write = intmc_write},
    {.name = "CC",
     .offset = NVME_REG_CC,
     .size = 4,
     REG_BACKED(struct ans2, cc),
     .rw = CC_RW,
     .write = cc_write,
     .fields = cc_fields},
    {.name = "CSTS",
     .offset = NVME_REG_CSTS,
     .size = 4,
     REG_BACKED(struct ans2, csts),
     .fields = csts_fields},
    {.name = "NSSR",
     .offset = NVME_REG_NSSR,
     .size = 4,
     REG_UNBACKED,
     .get = zero_get,
     .write = nssr_write},
    {.name = "AQA",
     .offset = NVME_REG_AQA,
     .size = 4,
     REG_BACKED(struct ans2, aqa),
     .rw = AQA_RW,
     .write = admin_write,
     .fields = aqa_fields},
    {.name = "ASQ",
     .offset = NVME_REG_ASQ,
     .size = 8,
     REG_BACKED(struct ans2, asq),
     .rw = PAGE_MASK,
     .write = admin_write},
    {.name = "ACQ",
     .offset = NVME_REG_ACQ,
     .size = 8,
     REG_BACKED(struct ans2, acq),
     .rw = PAGE_MASK,
     .write = admin_write},
    {.name = "CMBLOC", .offset = NVME_REG_CMBLOC, .size = 4, REG_UNBACKED, .get = zero_get},
    {.name = "CMBSZ", .offset = NVME_REG_CMBSZ, .size = 4, REG_UNBACKED, .get = zero_get},
    {.name = "DOORBELL",
     .offset = NVME_REG_DOORBELL,
     .size = 4,
     .count = DOORBELLS,
     .stride = 4,
     REG_UNBACKED,
     .get = zero_get,
     .write = doorbell_write},
    {.name = NULL},
};

const struct reg_bank ans2_banks[] = {
    {.name = "ans2", .regs = regs, .bytes = ANS2_REGISTERS_BYTES, .min_access = 1, .max_access = 8},
    {.name = NULL},
};
