/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DP AUX channels and hot-plug detection of the Vega 10, and the registers that tell which display
 * interrupt it was.
 *
 * A transaction: software fills the request by AUX_SW_DATA, byte after byte, and sets AUX_SW_GO;
 * when it is done AUX_SW_STATUS has DONE and the number of reply bytes, which AUX_SW_DATA then gives.
 * AUX_SW_DATA with AUTOINCREMENT_DISABLE sets the place in the buffers from AUX_SW_INDEX; every
 * byte written, and every byte read with AUX_SW_DATA_RW, moves it on.
 *
 * Modelled: software transactions on six channels; hot plug of the panel's two links with its
 * interrupt (source 42, extended id the channel); arbitration as far as software always wins.
 * Not modelled: the hardware's own link-status reads (LS), GTC, HPD_RX pulses, DMCU as another
 * master, filters and timers of HPD: a change is seen at once; I2C lines without AUX (DC_I2C).
 * Chosen: a transaction takes 40 us and 8 us for each byte of request and reply (1 Mbit/s and
 * preambles); without anybody at the other end it ends after 400 us (DisplayPort 1.2, 2.7.1.3) with
 * RX_TIMEOUT, and HPD_DISCON unless that is ignored. DONE_INT is a status only: no source for it in
 * the interrupt ring is known.
 * Sources: register fields of dce_12_0; DisplayPort 1.2, 2.7.
 */
#include <string.h>

#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"

#define LINK_AT(offset) ((offset)-VEGA10_LINK_BASE)
#define AUX_STRIDE      0x70u
#define HPD_STRIDE      0x20u

#define AUX_EN         BIT32(0)
#define AUX_RESET      BIT32(4)
#define AUX_RESET_DONE BIT32(5)
#define AUX_IGNORE_HPD BIT32(16)

#define SW_GO             BIT32(0)
#define ARB_SW_CAN_ACCESS BIT32(2)
#define ARB_SW_REQUEST    BIT32(16)
#define ARB_SW_DONE_USING BIT32(17)
#define DONE_INT          BIT32(0)
#define DONE_ACK          BIT32(1)
#define STATUS_DONE       BIT32(0)
#define STATUS_REQ        BIT32(1)
#define STATUS_TIMEOUT    BIT32(7)
#define STATUS_DISCON     BIT32(9)
#define STATUS_ARB_SW     BIT32(30)
#define DATA_READ         BIT32(0)
#define DATA_SET_INDEX    BIT32(31)

#define HEADER_BYTES 3u /* command and address; a fourth is the length */
#define PAYLOAD_MAX  16u

#define TIME_OVERHEAD VTIME_US(40)
#define TIME_BYTE     VTIME_US(8)
#define TIME_NOBODY   VTIME_US(400)

#define HPD_SENSE         BIT32(1)
#define HPD_SENSE_DELAYED BIT32(4)
#define HPD_INT           BIT32(0)
#define HPD_ACK           BIT32(0)
#define HPD_POLARITY      BIT32(8)
#define HPD_INT_EN        BIT32(16)
#define SOURCE_HPD        42u

static struct vega10_aux *aux_of(struct device *device, unsigned index)
{
    return &vega10_of(device)->link.aux[index];
}

/* ---- Transactions ---- */

static unsigned request_bytes(const struct vega10_aux *aux)
{
    return (unsigned)min_u64(bits_get(aux->sw_control, 20, 16), VEGA10_AUX_BYTES);
}

/* False: shorter than its header says. */
static bool parse(const struct vega10_aux *aux, struct vega10_aux_request *request)
{
    unsigned bytes = request_bytes(aux);
    bool is_write;

    if (bytes < HEADER_BYTES) return false;
    *request = (struct vega10_aux_request){
        .command = aux->request[0] >> 4,
        .address = (uint32_t)(aux->request[0] & 0xf) << 16 | (uint32_t)aux->request[1] << 8 |
                   aux->request[2],
        .data = aux->request + HEADER_BYTES + 1,
    };
    if (bytes == HEADER_BYTES) return true;
    request->length = (uint8_t)(aux->request[HEADER_BYTES] % PAYLOAD_MAX + 1);
    is_write = (request->command & 3) == 0; /* native writes too */
    return !is_write || bytes >= HEADER_BYTES + 1 + request->length;
}

static void done_fire(void *owner, vtime when)
{
    struct vega10_aux *aux = owner;
    struct vega10 *gpu = aux->gpu;
    struct vega10_aux_request request;
    uint32_t status = STATUS_DONE;

    (void)when;
    memset(aux->reply, 0, sizeof(aux->reply));
    if (!vega10_panel_is_connected(gpu, aux->index)) {
        status |= STATUS_TIMEOUT;
        status |= (aux->control & AUX_IGNORE_HPD) == 0 ? STATUS_DISCON : 0;
    } else if (!parse(aux, &request)) {
        device_guest_error(&gpu->fn.device, "AUX request shorter than it says", aux->index,
                           aux->sw_control);
        status |= STATUS_TIMEOUT;
    } else {
        status |= (uint32_t)vega10_panel_transact(gpu, aux->index, &request, aux->reply) << 24;
    }
    aux->sw_status = status;
    aux->interrupt_control |= DONE_INT;
}

/* What the transaction will take: a reply to a read is as long as was asked for. */
static vtime duration(const struct vega10_aux *aux)
{
    struct vega10_aux_request request;
    unsigned bytes = request_bytes(aux) + 1;

    if (!vega10_panel_is_connected(aux->gpu, aux->index) || !parse(aux, &request)) {
        return TIME_NOBODY;
    }
    bytes += (request.command & 3) == 1 ? request.length : 0u;
    return TIME_OVERHEAD + bytes * TIME_BYTE;
}

/* ---- Registers of a channel ---- */

static void control_write(struct device *device, const struct reg_write *write)
{
    struct vega10_aux *aux = aux_of(device, write->index);

    if ((write->now & AUX_RESET) != 0) {
        sched_cancel(device->env.sched, &aux->done);
        aux->sw_status = 0;
        aux->place = 0;
    }
}

static uint64_t control_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index;
    return stored | ((stored & AUX_RESET) != 0 ? AUX_RESET_DONE : 0);
}

static void sw_control_write(struct device *device, const struct reg_write *write)
{
    struct vega10_aux *aux = aux_of(device, write->index);

    if ((write->written & SW_GO) == 0) return;
    if ((aux->control & AUX_EN) == 0 || event_is_armed(&aux->done)) {
        device_guest_error(device, "AUX transaction on a channel that is off or busy", aux->index,
                           write->written);
        return;
    }
    aux->sw_status = STATUS_REQ;
    sched_at(device->env.sched, &aux->done, device_now(device) + duration(aux));
}

static uint64_t arb_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index;
    return stored | ((stored & ARB_SW_REQUEST) != 0 ? ARB_SW_CAN_ACCESS : 0);
}

static void arb_write(struct device *device, const struct reg_write *write)
{
    if ((write->written & ARB_SW_DONE_USING) != 0) {
        aux_of(device, write->index)->arb_control &= ~ARB_SW_REQUEST;
    }
}

static void interrupt_control_write(struct device *device, const struct reg_write *write)
{
    struct vega10_aux *aux = aux_of(device, write->index);

    if ((write->written & DONE_ACK) != 0) {
        aux->interrupt_control &= ~DONE_INT;
        aux->sw_status &= ~STATUS_DONE;
    }
}

static uint64_t sw_status_get(struct device *device, unsigned index, uint64_t stored)
{
    bool is_owned = (aux_of(device, index)->arb_control & ARB_SW_REQUEST) != 0;

    return stored | (is_owned ? STATUS_ARB_SW : 0);
}

static void advance(struct vega10_aux *aux)
{
    aux->place = (uint8_t)((aux->place + 1u) % VEGA10_AUX_BYTES);
}

static void sw_data_write(struct device *device, const struct reg_write *write)
{
    struct vega10_aux *aux = aux_of(device, write->index);

    if ((write->now & DATA_SET_INDEX) != 0) {
        aux->place = (uint8_t)(bits_get(write->now, 20, 16) % VEGA10_AUX_BYTES);
    }
    if ((write->now & DATA_READ) == 0) {
        aux->request[aux->place] = (uint8_t)bits_get(write->now, 15, 8);
        advance(aux);
    }
}

static uint64_t sw_data_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct vega10_aux *aux = aux_of(device, index);

    if ((stored & DATA_READ) == 0) return stored;
    return bits_set(stored, 15, 8, aux->reply[aux->place]);
}

static void sw_data_read(struct device *device, unsigned index, uint64_t value)
{
    if ((value & DATA_READ) != 0) {
        advance(aux_of(device, index));
    }
}

/* ---- Hot plug ---- */

static bool is_hpd_wanted(const struct vega10 *gpu, unsigned channel)
{
    bool is_connected = vega10_panel_is_connected(gpu, channel);

    return ((gpu->link.hpd[channel].int_control & HPD_POLARITY) != 0) == is_connected;
}

static void send_hpd(struct vega10 *gpu, unsigned channel)
{
    const struct vega10_interrupt interrupt = {
        .client = VEGA10_CLIENT_DCE, .source = SOURCE_HPD, .data = {channel}};

    vega10_interrupt(gpu, &interrupt);
}

void vega10_hpd_changed(struct vega10 *gpu, unsigned channel)
{
    struct vega10_hpd *hpd = &gpu->link.hpd[channel];
    bool was = (hpd->int_status & HPD_INT) != 0;

    if (was || !is_hpd_wanted(gpu, channel)) return;
    hpd->int_status |= HPD_INT;
    if ((hpd->int_control & HPD_INT_EN) != 0) {
        send_hpd(gpu, channel);
    }
}

static uint64_t hpd_status_get(struct device *device, unsigned index, uint64_t stored)
{
    bool is_connected = vega10_panel_is_connected(vega10_of(device), index);

    return stored | (is_connected ? HPD_SENSE | HPD_SENSE_DELAYED : 0);
}

static void hpd_control_write(struct device *device, const struct reg_write *write)
{
    struct vega10 *gpu = vega10_of(device);
    struct vega10_hpd *hpd = &gpu->link.hpd[write->index];

    if ((write->written & HPD_ACK) != 0) {
        hpd->int_status &= ~HPD_INT;
    }
    if ((write->now & ~write->old & HPD_INT_EN) != 0 && (hpd->int_status & HPD_INT) != 0) {
        send_hpd(gpu, write->index);
    }
}

/* ---- Which interrupt it was ---- */

#define SUM_VBLANK    BIT32(3)
#define SUM_HPD       BIT32(17)
#define SUM_AUX_DONE  BIT32(19)
#define SUM_VINT0     BIT32(28)
#define SUM_VINT0_5   BIT32(25) /* pipe 4 shares a register with pipe 5 */
#define SUM_CONTINUE  BIT32(31)
#define VINT0_ENABLED (BIT32(8) | BIT32(12))
#define AUX_DONE_ON   (DONE_INT | BIT32(2))

static bool has_all(uint32_t value, uint32_t bits)
{
    return (value & bits) == bits;
}

/* DISP_INTERRUPT_STATUS and its continuations: pipe and channel `index`, and vertical interrupt 0
 * of the pipe before. */
static uint32_t interrupt_sum(const struct vega10 *gpu, unsigned index)
{
    const struct vega10_pipe *pipe = &gpu->dce.pipe[index];
    const struct vega10_aux *aux = &gpu->link.aux[index];
    const struct vega10_hpd *hpd = &gpu->link.hpd[index];
    uint32_t sum = 0;

    sum |= (pipe->lb_vblank_status & pipe->lb_interrupt_mask & 1) != 0 ? SUM_VBLANK : 0;
    sum |= (hpd->int_status & HPD_INT) != 0 && (hpd->int_control & HPD_INT_EN) != 0 ? SUM_HPD : 0;
    sum |= has_all(aux->interrupt_control, AUX_DONE_ON) ? SUM_AUX_DONE : 0;
    if (index > 0 && index < VEGA10_PIPES - 1 && has_all(pipe[-1].vint0_control, VINT0_ENABLED)) {
        sum |= SUM_VINT0;
    }
    if (index == VEGA10_PIPES - 1) {
        sum |= has_all(pipe[-1].vint0_control, VINT0_ENABLED) ? SUM_VINT0_5 : 0;
        sum |= has_all(pipe->vint0_control, VINT0_ENABLED) ? SUM_VINT0 : 0;
    }
    return sum;
}

static uint64_t sum_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct vega10 *gpu = vega10_of(device);
    uint32_t sum = interrupt_sum(gpu, index);

    (void)stored;
    for (unsigned i = index + 1; i < VEGA10_PIPES; i++) {
        sum |= interrupt_sum(gpu, i) != 0 ? SUM_CONTINUE : 0;
    }
    return sum;
}

/* ---- Tables ---- */

#define AUX_REG(text, at, member)                                           \
    .name = (text), .offset = LINK_AT(at), .size = 4, .stride = AUX_STRIDE, \
    REG_BACKED_EACH(struct vega10, link.aux, member)
#define HPD_REG(text, at, member)                                           \
    .name = (text), .offset = LINK_AT(at), .size = 4, .stride = HPD_STRIDE, \
    REG_BACKED_EACH(struct vega10, link.hpd, member)

const struct reg vega10_link_regs[] = {
    {.name = "DISP_INTERRUPT_STATUS",
     .offset = LINK_AT(0x129fc),
     .size = 4,
     .count = VEGA10_PIPES,
     .stride = 4,
     REG_UNBACKED,
     .get = sum_get},
    {HPD_REG("DC_HPD_INT_STATUS", 0x12b00, int_status), .get = hpd_status_get},
    {HPD_REG("DC_HPD_INT_CONTROL", 0x12b04, int_control), .rw = UINT32_C(0x01010100),
     .write = hpd_control_write},
    {HPD_REG("DC_HPD_CONTROL", 0x12b08, control), .rw = UINT32_C(0x13ff1fff)},
    {HPD_REG("DC_HPD_FAST_TRAIN_CNTL", 0x12b0c, fast_train), .rw = UINT32_C(0x110ff0ff)},
    {HPD_REG("DC_HPD_TOGGLE_FILT_CNTL", 0x12b10, filter), .rw = UINT32_C(0x0ff000ff)},
    {AUX_REG("AUX_CONTROL", 0x13098, control), .rw = UINT32_C(0xf1751111), .get = control_get,
     .write = control_write},
    {AUX_REG("AUX_SW_CONTROL", 0x1309c, sw_control), .rw = UINT32_C(0x001f00f4),
     .write = sw_control_write},
    {AUX_REG("AUX_ARB_CONTROL", 0x130a0, arb_control), .rw = UINT32_C(0x00010503), .get = arb_get,
     .write = arb_write},
    {AUX_REG("AUX_INTERRUPT_CONTROL", 0x130a4, interrupt_control), .rw = UINT32_C(0x4444),
     .write = interrupt_control_write},
    {AUX_REG("AUX_SW_STATUS", 0x130a8, sw_status), .get = sw_status_get},
    {AUX_REG("AUX_SW_DATA", 0x130b0, sw_data), .rw = UINT32_C(0x801fff01), .get = sw_data_get,
     .read = sw_data_read, .write = sw_data_write},
    {AUX_REG("AUX_DPHY_TX_CONTROL", 0x130bc, dphy_tx_control), .rw = UINT32_C(0x00073f07)},
    {AUX_REG("AUX_DPHY_RX_CONTROL0", 0x130c0, dphy_rx_control[0]), .rw = UINT32_MAX},
    {AUX_REG("AUX_DPHY_RX_CONTROL1", 0x130c4, dphy_rx_control[1]), .rw = UINT32_MAX},
    {.name = NULL},
};

/* ---- Life ---- */

void vega10_link_init(struct vega10 *gpu)
{
    static const char *const names[VEGA10_AUX_CHANNELS] = {"aux0", "aux1", "aux2",
                                                           "aux3", "aux4", "aux5"};

    for (unsigned i = 0; i < VEGA10_AUX_CHANNELS; i++) {
        gpu->link.aux[i].gpu = gpu;
        gpu->link.aux[i].index = i;
        event_init(&gpu->link.aux[i].done, names[i], done_fire, &gpu->link.aux[i]);
    }
}

/* The panel has its own power: only power-on puts it back to sleep. */
void vega10_link_reset(struct vega10 *gpu, enum reset_kind kind)
{
    for (unsigned i = 0; i < VEGA10_AUX_CHANNELS; i++) {
        struct vega10_aux *aux = &gpu->link.aux[i];

        sched_cancel(gpu->fn.device.env.sched, &aux->done);
        aux->place = 0;
        memset(aux->request, 0, sizeof(aux->request));
        memset(aux->reply, 0, sizeof(aux->reply));
    }
    if (kind != RESET_POWER_ON) return;
    gpu->link.is_awake = false;
    for (unsigned i = 0; i < VEGA10_PANEL_LINKS; i++) {
        gpu->link.panel[i] = (struct vega10_panel_link){.power = 1};
    }
}

void vega10_link_fini(struct vega10 *gpu)
{
    for (unsigned i = 0; i < VEGA10_AUX_CHANNELS; i++) {
        sched_cancel(gpu->fn.device.env.sched, &gpu->link.aux[i].done);
    }
}
