/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the DMA engines, SDMA 4.0 (names, offsets, reset values: Linux,
 * asic_reg/sdma0/sdma0_4_0_*.h). The two engines stand 0x800 bytes apart, the four queues of one
 * 0x180 bytes. Registers that only tune the hardware keep what is written.
 */
#include "devices/display/vega10_internal.h"
#include "devices/display/vega10_sdma.h"
#include "devices/display/vega10_sdma_regs.h"

/* What STATUS_REG reads when nothing goes on: the reset value of the chip. */
#define STATUS_IDLE 0x46dee557u
#define STATUS_BUSY_CLEARS                                                                         \
    (SDMA_STATUS_IDLE | SDMA_STATUS_RB_EMPTY | SDMA_STATUS_RB_CMD_IDLE | SDMA_STATUS_IB_CMD_IDLE | \
     SDMA_STATUS_EX_IDLE | SDMA_STATUS_MC_WR_IDLE | SDMA_STATUS_MC_RD_IDLE)
#define STATUS1_IDLE 0x000003ffu
#define VERSION      0x00000400u

static struct sdma_engine *engine_of(struct device *device, unsigned index)
{
    return &vega10_of(device)->sdma.engine[index % SDMA_ENGINES];
}

/* ---- Side effects ---- */

static bool is_any_in_ib(const struct sdma_engine *engine)
{
    for (unsigned i = 0; i < SDMA_QUEUES; i++) {
        if (engine->queue[i].ib_size != 0) return true;
    }
    return false;
}

static uint64_t status_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct sdma_engine *engine = engine_of(device, index);
    uint64_t status = sdma_is_busy(engine) ? STATUS_IDLE & ~STATUS_BUSY_CLEARS : STATUS_IDLE;

    (void)stored;
    return is_any_in_ib(engine) ? status | SDMA_STATUS_INSIDE_IB : status;
}

static uint64_t status1_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)stored;
    return sdma_is_busy(engine_of(device, index)) ? 0 : STATUS1_IDLE;
}

/* Operation of the packet at hand in 31:16, number of the engine in 1:0. */
static uint64_t status2_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct sdma_engine *engine = engine_of(device, index);

    (void)stored;
    return (engine->has_packet ? (uint64_t)(engine->packet[0] & 0xffff) << 16 : 0) | index;
}

static uint64_t freeze_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    return (stored & SDMA_FREEZE_FREEZE) != 0 ? stored | SDMA_FREEZE_FROZEN : stored;
}

static void run_write(struct device *device, const struct reg_write *write)
{
    sdma_update(engine_of(device, write->index));
}

static uint64_t fetch_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct sdma_engine *engine = engine_of(device, index);

    (void)stored;
    return (uint32_t)engine->fetch[engine->current];
}

static uint64_t id_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return 1;
}

static uint64_t version_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return VERSION;
}

static void rb_cntl_written(struct device *device, unsigned queue, const struct reg_write *write)
{
    uint64_t changed = write->old ^ write->now;

    if ((changed & write->now & (SDMA_RB_CNTL_SWAP | SDMA_RB_CNTL_RPTR_SWAP)) != 0) {
        device_unimplemented(device, "SDMA ring with swapped bytes", write->now, queue);
    }
    if ((changed & SDMA_RB_CNTL_ENABLE) != 0) {
        sdma_queue_restart(engine_of(device, write->index), queue);
    }
}

/* Side effects of one queue's registers; they are told the engine only, so there is one set for
 * each queue. */
#define QUEUE_HOOKS(name, which)                                                               \
    static void name##_rb_cntl_write(struct device *device, const struct reg_write *write)     \
    {                                                                                          \
        rb_cntl_written(device, which, write);                                                 \
    }                                                                                          \
    static void name##_rptr_write(struct device *device, const struct reg_write *write)        \
    {                                                                                          \
        sdma_queue_restart(engine_of(device, write->index), which);                            \
    }                                                                                          \
    static uint64_t name##_context_get(struct device *device, unsigned index, uint64_t stored) \
    {                                                                                          \
        const struct sdma_engine *engine = engine_of(device, index);                           \
        bool is_selected = engine->current == (which);                                         \
        bool is_idle =                                                                         \
            !(is_selected && engine->has_packet) && sdma_stream_left(engine, which) == 0;      \
                                                                                               \
        return stored | (is_selected ? SDMA_CONTEXT_SELECTED : 0) |                            \
               (is_idle ? SDMA_CONTEXT_IDLE : 0);                                              \
    }
QUEUE_HOOKS(gfx, SDMA_GFX)
QUEUE_HOOKS(page, SDMA_PAGE)
QUEUE_HOOKS(rlc0, SDMA_RLC0)
QUEUE_HOOKS(rlc1, SDMA_RLC1)

/* ---- Tables ---- */

/* A register of both engines; `dword` as in sdma0_4_0_offset.h. */
#define PLAIN(title, dword, member, start, bits)                                             \
    {                                                                                        \
        .name = title, .offset = (dword)*4, .size = 4, .stride = SDMA_STRIDE,                \
        REG_BACKED_EACH(struct vega10, sdma.engine, member), .reset = (start), .rw = (bits), \
    }
#define HOOKED(title, dword, member, start, bits, ...)                                       \
    {                                                                                        \
        .name = title, .offset = (dword)*4, .size = 4, .stride = SDMA_STRIDE,                \
        REG_BACKED_EACH(struct vega10, sdma.engine, member), .reset = (start), .rw = (bits), \
        __VA_ARGS__                                                                          \
    }
#define COMPUTED(title, dword, getter)                                        \
    {                                                                         \
        .name = title, .offset = (dword)*4, .size = 4, .count = SDMA_ENGINES, \
        .stride = SDMA_STRIDE, REG_UNBACKED, .get = (getter),                 \
    }

/* One queue; `at` is the dword of its RB_CNTL. */
#define QUEUE(name, which, at, hooks)                                                             \
    HOOKED(name "_RB_CNTL", (at), queue[which].rb_cntl, 0x00040000, 0x0f9f327f,                   \
           .write = hooks##_rb_cntl_write),                                                       \
        PLAIN(name "_RB_BASE", (at) + 0x1, queue[which].rb_base, 0, UINT32_MAX),                  \
        PLAIN(name "_RB_BASE_HI", (at) + 0x2, queue[which].rb_base_hi, 0, 0xffffff),              \
        HOOKED(name "_RB_RPTR", (at) + 0x3, queue[which].rb_rptr, 0, ~3u,                         \
               .write = hooks##_rptr_write, .is_quiet = true),                                    \
        HOOKED(name "_RB_RPTR_HI", (at) + 0x4, queue[which].rb_rptr_hi, 0, UINT32_MAX,            \
               .write = hooks##_rptr_write, .is_quiet = true),                                    \
        HOOKED(name "_RB_WPTR", (at) + 0x5, queue[which].rb_wptr, 0, ~3u, .write = run_write),    \
        PLAIN(name "_RB_WPTR_HI", (at) + 0x6, queue[which].rb_wptr_hi, 0, UINT32_MAX),            \
        HOOKED(name "_RB_WPTR_POLL_CNTL", (at) + 0x7, queue[which].wptr_poll_cntl, 0x00401000,    \
               UINT32_MAX, .write = run_write),                                                   \
        PLAIN(name "_RB_RPTR_ADDR_HI", (at) + 0x8, queue[which].rptr_addr_hi, 0, UINT32_MAX),     \
        PLAIN(name "_RB_RPTR_ADDR_LO", (at) + 0x9, queue[which].rptr_addr_lo, 0, ~3u),            \
        HOOKED(name "_IB_CNTL", (at) + 0xa, queue[which].ib_cntl, 0x00000100, 0x000f0111,         \
               .write = run_write),                                                               \
        PLAIN(name "_IB_OFFSET", (at) + 0xc, queue[which].ib_offset, 0, 0),                       \
        PLAIN(name "_IB_BASE_LO", (at) + 0xd, queue[which].ib_base_lo, 0, 0),                     \
        PLAIN(name "_IB_BASE_HI", (at) + 0xe, queue[which].ib_base_hi, 0, 0),                     \
        PLAIN(name "_IB_SIZE", (at) + 0xf, queue[which].ib_size, 0, 0),                           \
        PLAIN(name "_SKIP_CNTL", (at) + 0x10, queue[which].skip_cntl, 0, 0),                      \
        HOOKED(name "_CONTEXT_STATUS", (at) + 0x11, queue[which].context_status, 0, 0,            \
               .get = hooks##_context_get, .is_quiet = true),                                     \
        PLAIN(name "_DOORBELL", (at) + 0x12, queue[which].doorbell, 0, SDMA_DOORBELL_ENABLE),     \
        PLAIN(name "_CONTEXT_CNTL", (at) + 0x13, queue[which].context_cntl, 0, 0x00010000),       \
        PLAIN(name "_STATUS", (at) + 0x28, queue[which].status, 0, 0),                            \
        PLAIN(name "_DOORBELL_LOG", (at) + 0x29, queue[which].doorbell_log, 0, 0xfffffffd),       \
        PLAIN(name "_WATERMARK", (at) + 0x2a, queue[which].watermark, 0, 0x03ff0fff),             \
        PLAIN(name "_DOORBELL_OFFSET", (at) + 0x2b, queue[which].doorbell_offset, 0,              \
              SDMA_DOORBELL_OFFSET_BYTES),                                                        \
        PLAIN(name "_CSA_ADDR_LO", (at) + 0x2c, queue[which].csa_addr_lo, 0, ~3u),                \
        PLAIN(name "_CSA_ADDR_HI", (at) + 0x2d, queue[which].csa_addr_hi, 0, UINT32_MAX),         \
        PLAIN(name "_IB_SUB_REMAIN", (at) + 0x2f, queue[which].ib_sub_remain, 0, 0x00003fff),     \
        PLAIN(name "_PREEMPT", (at) + 0x30, queue[which].preempt, 0, 1),                          \
        PLAIN(name "_DUMMY_REG", (at) + 0x31, queue[which].dummy_reg, 0xf, UINT32_MAX),           \
        PLAIN(name "_RB_WPTR_POLL_ADDR_HI", (at) + 0x32, queue[which].wptr_poll_addr_hi, 0,       \
              UINT32_MAX),                                                                        \
        PLAIN(name "_RB_WPTR_POLL_ADDR_LO", (at) + 0x33, queue[which].wptr_poll_addr_lo, 0, ~3u), \
        PLAIN(name "_RB_AQL_CNTL", (at) + 0x34, queue[which].rb_aql_cntl, 0x4000, 0x0000ffff),    \
        PLAIN(name "_MINOR_PTR_UPDATE", (at) + 0x35, queue[which].minor_ptr_update, 0, 1)

const struct reg vega10_sdma_regs[] = {
    PLAIN("SDMA_UCODE_ADDR", 0x00, ucode_addr, 0, 0x00001fff),
    PLAIN("SDMA_UCODE_DATA", 0x01, ucode_data, 0, UINT32_MAX),
    PLAIN("SDMA_VM_CNTL", 0x04, vm[0], 0, 0xf),
    PLAIN("SDMA_VM_CTX_LO", 0x05, vm[1], 0, 0xfffffffc),
    PLAIN("SDMA_VM_CTX_HI", 0x06, vm[2], 0, UINT32_MAX),
    PLAIN("SDMA_ACTIVE_FCN_ID", 0x07, vm[3], 0, UINT32_MAX),
    PLAIN("SDMA_VM_CTX_CNTL", 0x08, vm[4], 0, 0xf1),
    PLAIN("SDMA_CONTEXT_REG_TYPE0", 0x0b, types[0], 0xfffdf79f, UINT32_MAX),
    PLAIN("SDMA_CONTEXT_REG_TYPE1", 0x0c, types[1], 0x003fbcff, UINT32_MAX),
    PLAIN("SDMA_CONTEXT_REG_TYPE2", 0x0d, types[2], 0x000003ff, UINT32_MAX),
    PLAIN("SDMA_CONTEXT_REG_TYPE3", 0x0e, types[3], 0, UINT32_MAX),
    PLAIN("SDMA_PUB_REG_TYPE0", 0x0f, types[4], 0x3c000000, UINT32_MAX),
    PLAIN("SDMA_PUB_REG_TYPE1", 0x10, types[5], 0x30003882, UINT32_MAX),
    PLAIN("SDMA_PUB_REG_TYPE2", 0x11, types[6], 0x0fc6e880, UINT32_MAX),
    PLAIN("SDMA_PUB_REG_TYPE3", 0x12, types[7], 0, UINT32_MAX),
    PLAIN("SDMA_MMHUB_CNTL", 0x13, mmhub_cntl, 0, 0x3f),
    PLAIN("SDMA_POWER_CNTL", 0x1a, power_cntl, 0x0003c000, 0x003fff07),
    PLAIN("SDMA_CLK_CTRL", 0x1b, clk_ctrl, 0xff000100, UINT32_MAX),
    PLAIN("SDMA_CNTL", 0x1c, cntl, 0x00000002, 0x7006003f),
    PLAIN("SDMA_CHICKEN_BITS", 0x1d, chicken_bits, 0x00831f07, 0xfe931f07),
    PLAIN("SDMA_GB_ADDR_CONFIG", 0x1e, gb_addr_config, 0x00100012, 0x0018773f),
    PLAIN("SDMA_GB_ADDR_CONFIG_READ", 0x1f, gb_addr_config_read, 0x00100012, 0x0018773f),
    PLAIN("SDMA_SEM_WAIT_FAIL_TIMER_CNTL", 0x21, sem_timer, 0, UINT32_MAX),
    COMPUTED("SDMA_RB_RPTR_FETCH", 0x22, fetch_get),
    {.name = "SDMA_STATUS_REG",
     .offset = 0x94,
     .size = 4,
     .count = SDMA_ENGINES,
     .stride = SDMA_STRIDE,
     REG_UNBACKED,
     .is_quiet = true,
     .get = status_get},
    COMPUTED("SDMA_STATUS1_REG", 0x26, status1_get),
    PLAIN("SDMA_RD_BURST_CNTL", 0x27, rd_burst_cntl, 0x3, 0x3),
    PLAIN("SDMA_HBM_PAGE_CONFIG", 0x28, hbm_page_config, 0, 0x3),
    HOOKED("SDMA_F32_CNTL", 0x2a, f32_cntl, 0x1, 0x3, .write = run_write),
    HOOKED("SDMA_FREEZE", 0x2b, freeze, 0, 0x51, .get = freeze_get, .write = run_write),
    PLAIN("SDMA_PHASE0_QUANTUM", 0x2c, phase_quantum[0], 0x00010002, 0x40ffff0f),
    PLAIN("SDMA_PHASE1_QUANTUM", 0x2d, phase_quantum[1], 0x00010002, 0x40ffff0f),
    PLAIN("SDMA_EDC_CONFIG", 0x32, edc_config, 0x2, 0x6),
    PLAIN("SDMA_BA_THRESHOLD", 0x33, ba_threshold, 0x03ff03ff, 0x03ff03ff),
    COMPUTED("SDMA_ID", 0x34, id_get),
    COMPUTED("SDMA_VERSION", 0x35, version_get),
    COMPUTED("SDMA_STATUS2_REG", 0x38, status2_get),
    PLAIN("SDMA_ATOMIC_CNTL", 0x39, atomic_cntl, 0x200, UINT32_MAX),
    PLAIN("SDMA_ATOMIC_PREOP_LO", 0x3a, atomic_preop[0], 0, UINT32_MAX),
    PLAIN("SDMA_ATOMIC_PREOP_HI", 0x3b, atomic_preop[1], 0, UINT32_MAX),
    PLAIN("SDMA_UTCL1_CNTL", 0x3c, utcl1_cntl, 0xd0003019, UINT32_MAX),
    PLAIN("SDMA_UTCL1_WATERMK", 0x3d, utcl1_watermk, 0xfffbe1fe, UINT32_MAX),
    PLAIN("SDMA_UTCL1_TIMEOUT", 0x47, utcl1_timeout, 0x00010001, UINT32_MAX),
    PLAIN("SDMA_UTCL1_PAGE", 0x48, utcl1_page, 0x000003e0, UINT32_MAX),
    PLAIN("SDMA_POWER_CNTL_IDLE", 0x49, power_cntl_idle, 0x06060200, UINT32_MAX),
    PLAIN("SDMA_RELAX_ORDERING_LUT", 0x4a, relax_ordering_lut, 0xc0000006, UINT32_MAX),
    PLAIN("SDMA_CHICKEN_BITS_2", 0x4b, chicken_bits_2, 0x5, 0xf),
    PLAIN("SDMA_PHASE2_QUANTUM", 0x4f, phase_quantum[2], 0x00010002, 0x40ffff0f),
    PLAIN("SDMA_PUB_DUMMY_REG0", 0x51, pub_dummy[0], 0, UINT32_MAX),
    PLAIN("SDMA_PUB_DUMMY_REG1", 0x52, pub_dummy[1], 0, UINT32_MAX),
    PLAIN("SDMA_PUB_DUMMY_REG2", 0x53, pub_dummy[2], 0, UINT32_MAX),
    PLAIN("SDMA_PUB_DUMMY_REG3", 0x54, pub_dummy[3], 0, UINT32_MAX),
    PLAIN("SDMA_UNBREAKABLE", 0x56, unbreakable, 0, 0x1),
    PLAIN("SDMA_CRD_CNTL", 0x5b, crd_cntl, 0x000085c0, UINT32_MAX),
    PLAIN("SDMA_ULV_CNTL", 0x5e, ulv_cntl, 0, 0xe000001f),
    QUEUE("SDMA_GFX", SDMA_GFX, 0x80, gfx),
    QUEUE("SDMA_PAGE", SDMA_PAGE, 0xe0, page),
    QUEUE("SDMA_RLC0", SDMA_RLC0, 0x140, rlc0),
    QUEUE("SDMA_RLC1", SDMA_RLC1, 0x1a0, rlc1),
    {.name = NULL},
};
