/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: registers (5), controller reset, run and stop (4.2, 5.4.1), errors of the controller as a
 * whole (4.10.2.6), MFINDEX (4.14.2). xhci.c has the overview.
 */
#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

/* 5.3: capability registers. docs/hardware/xhci.md has the fields and where they come from. */
#define CAPLENGTH_VALUE  (XHCI_CAPLENGTH_BYTES | UINT32_C(0x0110) << 16)
#define HCSPARAMS2_VALUE (UINT32_C(4) | XHCI_ERST_LOG2 << 4)
#define HCSPARAMS3_VALUE UINT32_C(0) /* links leave U1 and U2 at once */
/* Extended capabilities at 0x2000 words; SPC, PAE, NSS, LTC, CSZ, AC64. */
#define HCCPARAMS1_VALUE UINT32_C(0x200003c5)

/* 7.2: USB 2.0 for the first ports with its three speeds, USB 3.0 for those after them. */
#define NAME_USB            UINT32_C(0x20425355)
#define USB2_HEADER         UINT32_C(0x02000802)
#define USB2_PSI_COUNT      (UINT32_C(3) << 28)
#define PSI_FULL            UINT32_C(0x000c0021)
#define PSI_LOW             UINT32_C(0x05dc0012)
#define PSI_HIGH            UINT32_C(0x01e00023)
#define XECP_NEXT(from, to) (((to) - (from)) / 4)
#define USB3_NEXT           XECP_NEXT(XHCI_XECP_USB3, XECP_LINK_STOP)
#define XECP_LINK_STOP      0x8400u /* the pointer has eight bits: one stop on the way */
#define USB3_HEADER         (UINT32_C(0x03000002) | (uint32_t)USB3_NEXT << 8)
#define USB3_PSI_COUNT      (UINT32_C(1) << 28)
#define PSI_SUPER           UINT32_C(0x00050134)
#define LINK_STOP_HEADER    (UINT32_C(0xc0) | XECP_NEXT(XECP_LINK_STOP, XHCI_XECP_LEGACY) << 8)
#define LEGACY_HEADER       UINT32_C(0x00000001)
#define LEGACY_SMI_ENABLES  UINT32_C(0x0000e011)
#define LEGACY_SMI_STATUS   UINT32_C(0xe0000000)

#define USBCMD_RW     (XHCI_CMD_RS | XHCI_CMD_INTE | XHCI_CMD_HSEE | XHCI_CMD_EWE | XHCI_CMD_EU3S)
#define USBSTS_W1C    (XHCI_STS_HSE | XHCI_STS_EINT | XHCI_STS_PCD | XHCI_STS_SRE)
#define CONFIG_RW     UINT32_C(0x3ff)
#define PAGESIZE_4K   UINT32_C(1)
#define MFINDEX_BITS  14u
#define DOORBELLS     (XHCI_SLOTS + 1)
#define PORTSC_RESET  (XHCI_PORTSC_PP | (uint32_t)XHCI_LINK_RX_DETECT << XHCI_PORTSC_PLS_SHIFT)
#define PORTSC_RW     (XHCI_PORTSC_PP | XHCI_PORTSC_PIC | XHCI_PORTSC_WAKES)
#define PORTHLPMC_RW  UINT32_C(0x00003fff)
#define DOORBELL_MASK 0xffu

/* ---- Memory ---- */

bool xhci_fetch(struct xhci *xhci, uint64_t addr, void *buf, size_t bytes)
{
    if (pci_dma_read(&xhci->fn, addr, buf, bytes) == DMA_OK) return true;
    xhci_system_error(xhci, addr);
    return false;
}

bool xhci_store(struct xhci *xhci, uint64_t addr, const void *buf, size_t bytes)
{
    if (pci_dma_write(&xhci->fn, addr, buf, bytes) == DMA_OK) return true;
    xhci_system_error(xhci, addr);
    return false;
}

bool xhci_fetch_trb(struct xhci *xhci, uint64_t addr, struct xhci_trb *trb)
{
    uint8_t raw[XHCI_TRB_BYTES];

    if (!xhci_fetch(xhci, addr, raw, sizeof(raw))) return false;
    trb->parameter = le64_get(raw);
    trb->status = le32_get(raw + 8);
    trb->control = le32_get(raw + 12);
    return true;
}

/* ---- Run and stop ---- */

bool xhci_is_running(const struct xhci *xhci)
{
    return (xhci->usbsts & XHCI_STS_HCH) == 0;
}

static uint32_t mfindex_now(const struct xhci *xhci)
{
    vtime passed = xhci_is_running(xhci) ? device_now(&xhci->fn.device) - xhci->run_since : 0;

    return (uint32_t)((xhci->mfindex + passed / XHCI_MICROFRAME) & bits_mask(MFINDEX_BITS));
}

static void arm_wrap(struct xhci *xhci)
{
    uint64_t left = BIT(MFINDEX_BITS) - mfindex_now(xhci);
    vtime passed = device_now(&xhci->fn.device) - xhci->run_since;

    if (!xhci_is_running(xhci) || (xhci->usbcmd & XHCI_CMD_EWE) == 0) {
        sched_cancel(xhci->fn.device.env.sched, &xhci->wrap_event);
        return;
    }
    sched_at(xhci->fn.device.env.sched, &xhci->wrap_event,
             xhci->run_since + (passed / XHCI_MICROFRAME + left) * XHCI_MICROFRAME);
}

void xhci_wrap_fire(void *owner, vtime when)
{
    struct xhci *xhci = owner;

    (void)when;
    if (!xhci_is_running(xhci)) return;
    xhci_event_host(xhci, XHCI_EVENT_MFINDEX_WRAP, XHCI_SUCCESS);
    arm_wrap(xhci);
}

static void start(struct xhci *xhci)
{
    xhci->usbsts &= ~XHCI_STS_HCH;
    xhci->run_since = device_now(&xhci->fn.device);
    xhci_events_started(xhci);
    xhci_ports_started(xhci);
    xhci_service_kick(xhci);
}

static void stop(struct xhci *xhci)
{
    struct sched *sched = xhci->fn.device.env.sched;

    xhci->mfindex = mfindex_now(xhci);
    xhci->usbcmd &= ~XHCI_CMD_RS;
    xhci->usbsts |= XHCI_STS_HCH;
    xhci->is_command_running = false;
    sched_cancel(sched, &xhci->command_event);
    sched_cancel(sched, &xhci->service_event);
    sched_cancel(sched, &xhci->wrap_event);
}

void xhci_system_error(struct xhci *xhci, uint64_t addr)
{
    device_guest_error(&xhci->fn.device, "DMA met no memory: host system error", addr, 0);
    xhci->usbsts |= XHCI_STS_HSE;
    stop(xhci);
}

void xhci_controller_error(struct xhci *xhci, const char *what, uint64_t value)
{
    device_guest_error(&xhci->fn.device, what, value, 0);
    xhci->usbsts |= XHCI_STS_HCE;
    stop(xhci);
}

/* The legacy semaphores are no part of what HCRST resets: they say who may use it (4.22.1). */
void xhci_reset_fire(void *owner, vtime when)
{
    struct xhci *xhci = owner;
    uint32_t legsup = xhci->legsup;
    uint32_t legctl = xhci->legctl;

    (void)when;
    reg_bank_reset(&xhci->fn.device, &xhci_banks[0], false);
    xhci->legsup = legsup;
    xhci->legctl = legctl;
    xhci_clear(xhci);
    xhci_ports_retrain(xhci);
}

/* ---- Side effects ---- */

static uint64_t get_zero(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

#define CONSTANT(name, value)                                                          \
    static uint64_t name##_get(struct device *device, unsigned index, uint64_t stored) \
    {                                                                                  \
        (void)device, (void)index, (void)stored;                                       \
        return value;                                                                  \
    }
CONSTANT(caplength, CAPLENGTH_VALUE)
CONSTANT(hcsparams2, HCSPARAMS2_VALUE)
CONSTANT(hcsparams3, HCSPARAMS3_VALUE)
CONSTANT(hccparams1, HCCPARAMS1_VALUE)
CONSTANT(dboff, XHCI_DBOFF_BYTES)
CONSTANT(rtsoff, XHCI_RTSOFF_BYTES)
CONSTANT(pagesize, PAGESIZE_4K)
CONSTANT(usb2_header, USB2_HEADER)
CONSTANT(usb3_header, USB3_HEADER)
CONSTANT(protocol_name, NAME_USB)
CONSTANT(psi_super, PSI_SUPER)
CONSTANT(link_stop, LINK_STOP_HEADER)

static uint64_t hcsparams1_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct xhci *xhci = xhci_of(device);

    (void)index, (void)stored;
    return xhci->slots | XHCI_INTERRUPTERS << 8 | (uint32_t)xhci->ports << 24;
}

static uint64_t usb2_ports_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index, (void)stored;
    return 1 | (uint32_t)xhci_of(device)->usb2_ports << 8 | USB2_PSI_COUNT;
}

static uint64_t usb3_ports_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct xhci *xhci = xhci_of(device);

    (void)index, (void)stored;
    return (1u + xhci->usb2_ports) | (uint32_t)(xhci->ports - xhci->usb2_ports) << 8 |
           USB3_PSI_COUNT;
}

static uint64_t usb2_psi_get(struct device *device, unsigned index, uint64_t stored)
{
    static const uint32_t speeds[] = {PSI_FULL, PSI_LOW, PSI_HIGH};

    (void)device, (void)stored;
    return speeds[index];
}

static uint64_t usbcmd_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    return stored | (event_is_armed(&xhci_of(device)->reset_event) ? XHCI_CMD_HCRST : 0);
}

static void usbcmd_write(struct device *device, const struct reg_write *write)
{
    struct xhci *xhci = xhci_of(device);
    bool runs = (write->now & XHCI_CMD_RS) != 0;

    if (event_is_armed(&xhci->reset_event)) {
        xhci->usbcmd = 0;
        device_guest_error(device, "USBCMD while the controller is not ready", write->written, 0);
        return;
    }
    if ((write->written & XHCI_CMD_HCRST) != 0) {
        stop(xhci);
        sched_at(device->env.sched, &xhci->reset_event, device_now(device) + XHCI_RESET_TIME);
        return;
    }
    if (runs && (xhci->usbsts & XHCI_STS_HCE) != 0) {
        xhci->usbcmd &= ~XHCI_CMD_RS;
    } else if (runs && !xhci_is_running(xhci)) {
        start(xhci);
    } else if (!runs && xhci_is_running(xhci)) {
        stop(xhci);
    }
    arm_wrap(xhci);
    xhci_interrupters_update(xhci);
}

static uint64_t usbsts_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    return stored | (event_is_armed(&xhci_of(device)->reset_event) ? XHCI_STS_CNR : 0);
}

static uint64_t mfindex_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index, (void)stored;
    return mfindex_now(xhci_of(device));
}

static void doorbell_write(struct device *device, const struct reg_write *write)
{
    struct xhci *xhci = xhci_of(device);
    unsigned target = (unsigned)write->written & DOORBELL_MASK;

    if (!xhci_is_running(xhci)) {
        device_guest_error(device, "doorbell while halted", write->index, target);
        return;
    }
    if (write->index != 0) {
        xhci_doorbell(xhci, write->index, target);
    } else if (target != 0) {
        device_guest_error(device, "doorbell 0 has target 0 only", target, 0);
    } else {
        xhci->is_command_running = true;
        xhci_command_kick(xhci);
    }
}

/* ---- Tables ---- */

static const struct reg_field usbcmd_fields[] = {{"EU3S", 11, 11}, {"EWE", 10, 10}, {"HSEE", 3, 3},
                                                 {"INTE", 2, 2},   {"HCRST", 1, 1}, {"RS", 0, 0},
                                                 {NULL, 0, 0}};
static const struct reg_field usbsts_fields[] = {{"HCE", 12, 12}, {"CNR", 11, 11}, {"SRE", 10, 10},
                                                 {"PCD", 4, 4},   {"EINT", 3, 3},  {"HSE", 2, 2},
                                                 {"HCH", 0, 0},   {NULL, 0, 0}};
static const struct reg_field portsc_fields[] = {
    {"WPR", 31, 31}, {"WOE", 27, 27}, {"WDE", 26, 26}, {"WCE", 25, 25},   {"CEC", 23, 23},
    {"PLC", 22, 22}, {"PRC", 21, 21}, {"OCC", 20, 20}, {"WRC", 19, 19},   {"PEC", 18, 18},
    {"CSC", 17, 17}, {"LWS", 16, 16}, {"PIC", 15, 14}, {"SPEED", 13, 10}, {"PP", 9, 9},
    {"PLS", 8, 5},   {"PR", 4, 4},    {"OCA", 3, 3},   {"PED", 1, 1},     {"CCS", 0, 0},
    {NULL, 0, 0}};
static const struct reg_field iman_fields[] = {{"IE", 1, 1}, {"IP", 0, 0}, {NULL, 0, 0}};
static const struct reg_field imod_fields[] = {{"IMODC", 31, 16}, {"IMODI", 15, 0}, {NULL, 0, 0}};
static const struct reg_field erdp_fields[] = {
    {"POINTER", 63, 4}, {"EHB", 3, 3}, {"DESI", 2, 0}, {NULL, 0, 0}};

#define READ_ONLY(label, at, getter)                                              \
    {                                                                             \
        .name = (label), .offset = (at), .size = 4, REG_UNBACKED, .get = (getter) \
    }

static const struct reg regs[] = {
    READ_ONLY("CAPLENGTH", 0x00, caplength_get),
    READ_ONLY("HCSPARAMS1", 0x04, hcsparams1_get),
    READ_ONLY("HCSPARAMS2", 0x08, hcsparams2_get),
    READ_ONLY("HCSPARAMS3", 0x0c, hcsparams3_get),
    READ_ONLY("HCCPARAMS1", 0x10, hccparams1_get),
    READ_ONLY("DBOFF", 0x14, dboff_get),
    READ_ONLY("RTSOFF", 0x18, rtsoff_get),
    READ_ONLY("HCCPARAMS2", 0x1c, get_zero),
    {.name = "USBCMD",
     .offset = 0x80,
     .size = 4,
     REG_BACKED(struct xhci, usbcmd),
     .rw = USBCMD_RW,
     .get = usbcmd_get,
     .write = usbcmd_write,
     .fields = usbcmd_fields},
    {.name = "USBSTS",
     .offset = 0x84,
     .size = 4,
     REG_BACKED(struct xhci, usbsts),
     .reset = XHCI_STS_HCH,
     .w1c = USBSTS_W1C,
     .get = usbsts_get,
     .fields = usbsts_fields},
    READ_ONLY("PAGESIZE", 0x88, pagesize_get),
    {.name = "DNCTRL",
     .offset = 0x94,
     .size = 4,
     REG_BACKED(struct xhci, dnctrl),
     .rw = UINT16_MAX},
    {.name = "CRCR",
     .offset = 0x98,
     .size = 8,
     REG_BACKED(struct xhci, crcr),
     .rw = ~(uint64_t)0x3e,
     .get = xhci_crcr_get,
     .write = xhci_crcr_write},
    {.name = "DCBAAP",
     .offset = 0xb0,
     .size = 8,
     REG_BACKED(struct xhci, dcbaap),
     .rw = ~(uint64_t)0x3f},
    {.name = "CONFIG", .offset = 0xb8, .size = 4, REG_BACKED(struct xhci, config), .rw = CONFIG_RW},
    {.name = "PORTSC",
     .offset = XHCI_PORTSC_BASE,
     .size = 4,
     .stride = XHCI_PORT_STRIDE,
     REG_BACKED_EACH(struct xhci, port, portsc),
     .reset = PORTSC_RESET,
     .rw = PORTSC_RW,
     .w1c = XHCI_PORTSC_CHANGES | XHCI_PORTSC_PED,
     .get = xhci_port_reg_get,
     .write = xhci_portsc_write,
     .fields = portsc_fields},
    {.name = "PORTPMSC",
     .offset = XHCI_PORTSC_BASE + 0x4,
     .size = 4,
     .stride = XHCI_PORT_STRIDE,
     REG_BACKED_EACH(struct xhci, port, portpmsc),
     .rw = XHCI_PORTPMSC_USB2_RW | XHCI_PORTPMSC_USB3_RW,
     .get = xhci_port_reg_get,
     .write = xhci_portpmsc_write},
    {.name = "PORTLI",
     .offset = XHCI_PORTSC_BASE + 0x8,
     .size = 4,
     .stride = XHCI_PORT_STRIDE,
     REG_BACKED_EACH(struct xhci, port, portli),
     .get = xhci_port_reg_get},
    {.name = "PORTHLPMC",
     .offset = XHCI_PORTSC_BASE + 0xc,
     .size = 4,
     .stride = XHCI_PORT_STRIDE,
     REG_BACKED_EACH(struct xhci, port, porthlpmc),
     .rw = PORTHLPMC_RW,
     .get = xhci_port_reg_get,
     .write = xhci_porthlpmc_write},
    READ_ONLY("MFINDEX", XHCI_RTSOFF_BYTES, mfindex_get),
    {.name = "IMAN",
     .offset = XHCI_IR_BASE,
     .size = 4,
     .stride = XHCI_IR_STRIDE,
     REG_BACKED_EACH(struct xhci, interrupter, iman),
     .rw = XHCI_IMAN_IE,
     .w1c = XHCI_IMAN_IP,
     .write = xhci_iman_write,
     .fields = iman_fields},
    {.name = "IMOD",
     .offset = XHCI_IR_BASE + 0x4,
     .size = 4,
     .stride = XHCI_IR_STRIDE,
     REG_BACKED_EACH(struct xhci, interrupter, imod),
     .reset = XHCI_IMODI_RESET,
     .rw = XHCI_IMODI,
     .get = xhci_imod_get,
     .write = xhci_imod_write,
     .fields = imod_fields},
    {.name = "ERSTSZ",
     .offset = XHCI_IR_BASE + 0x8,
     .size = 4,
     .stride = XHCI_IR_STRIDE,
     REG_BACKED_EACH(struct xhci, interrupter, erstsz),
     .rw = UINT16_MAX},
    {.name = "ERSTBA",
     .offset = XHCI_IR_BASE + 0x10,
     .size = 8,
     .stride = XHCI_IR_STRIDE,
     REG_BACKED_EACH(struct xhci, interrupter, erstba),
     .rw = ~(uint64_t)0x3f,
     .write = xhci_erst_write},
    {.name = "ERDP",
     .offset = XHCI_IR_BASE + 0x18,
     .size = 8,
     .stride = XHCI_IR_STRIDE,
     REG_BACKED_EACH(struct xhci, interrupter, erdp),
     .rw = ~(uint64_t)XHCI_ERDP_EHB,
     .w1c = XHCI_ERDP_EHB,
     .write = xhci_erdp_write,
     .fields = erdp_fields},
    {.name = "DOORBELL",
     .offset = XHCI_DBOFF_BYTES,
     .size = 4,
     .count = DOORBELLS,
     .stride = 4,
     REG_UNBACKED,
     .get = get_zero,
     .write = doorbell_write},
    READ_ONLY("XECP_USB2_HEADER", XHCI_XECP_USB2, usb2_header_get),
    READ_ONLY("XECP_USB2_NAME", XHCI_XECP_USB2 + 0x4, protocol_name_get),
    READ_ONLY("XECP_USB2_PORTS", XHCI_XECP_USB2 + 0x8, usb2_ports_get),
    READ_ONLY("XECP_USB2_SLOT_TYPE", XHCI_XECP_USB2 + 0xc, get_zero),
    {.name = "XECP_USB2_PSI",
     .offset = XHCI_XECP_USB2 + 0x10,
     .size = 4,
     .count = 3,
     .stride = 4,
     REG_UNBACKED,
     .get = usb2_psi_get},
    READ_ONLY("XECP_USB3_HEADER", XHCI_XECP_USB3, usb3_header_get),
    READ_ONLY("XECP_USB3_NAME", XHCI_XECP_USB3 + 0x4, protocol_name_get),
    READ_ONLY("XECP_USB3_PORTS", XHCI_XECP_USB3 + 0x8, usb3_ports_get),
    READ_ONLY("XECP_USB3_SLOT_TYPE", XHCI_XECP_USB3 + 0xc, get_zero),
    READ_ONLY("XECP_USB3_PSI", XHCI_XECP_USB3 + 0x10, psi_super_get),
    READ_ONLY("XECP_VENDOR", XECP_LINK_STOP, link_stop_get),
    {.name = "USBLEGSUP",
     .offset = XHCI_XECP_LEGACY,
     .size = 4,
     REG_BACKED(struct xhci, legsup),
     .reset = LEGACY_HEADER,
     .rw = XHCI_LEGSUP_BIOS | XHCI_LEGSUP_OS},
    {.name = "USBLEGCTLSTS",
     .offset = XHCI_XECP_LEGACY + 4,
     .size = 4,
     REG_BACKED(struct xhci, legctl),
     .rw = LEGACY_SMI_ENABLES,
     .w1c = LEGACY_SMI_STATUS},
    {.name = NULL},
};

const struct reg_bank xhci_banks[] = {
    {.name = "xhci", .regs = regs, .bytes = XHCI_BAR_BYTES, .min_access = 1, .max_access = 8},
    {.name = NULL},
};
