/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capabilities of a description turned into configuration space: identity and chain pointers, reset
 * values and masks.
 * Sources: PCI Local Bus 3.0, 6.7, 6.8; PCI Power Management 1.2, 3.2; PCI Express Base 3.1, 7.8 to
 * 7.31; ECN L1 substates.
 * Chosen: serial numbers and the contents of vendor-specific capabilities read 0; they differ from
 * machine to machine.
 */
#include "devices/pci/pci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define MSI_BYTES             0x0au
#define MSI_BYTES_64          0x0eu
#define MSI_BYTES_MASK        0x14u
#define MSI_BYTES_64_MASK     0x18u
#define MSI_ADDRESS_BITS      0xfffffffcu
#define EXPRESS_BYTES_V1      0x14u
#define EXPRESS_BYTES_V1_ROOT 0x24u
#define EXPRESS_BYTES_V2      0x3cu
#define DEVCTL_BITS \
    0x7cffu /* all but extended tag, phantom functions and the reset bit, which reads 0 */
#define DEVSTA_BITS        0x000fu
#define DEVSTA_AUX_POWER   0x0010u
#define LNKCTL_PORT_BITS   0x02d3u
#define LNKCTL_BW_BITS     0x0c00u
#define LNKCTL_DEVICE_BITS 0x02cbu
#define LNKCTL_CLOCK_PM    0x0100u
#define LNKSTA_BW_BITS     0xc000u
#define SLTCTL_COMPLETED   0x0010u
#define SLTCTL_HOTPLUG     0x0028u /* presence detect changed, hot-plug interrupt */
#define SLTCTL_LINK        0x1000u /* data link layer state changed */
#define SLTCAP_CAPABLE     0x0040u
#define SLTSTA_EVENTS      0x011fu
#define RTCTL_BITS         0x001fu
#define RTSTA_PME          0x00010000u
#define DEVCTL2_BITS       0x64ffu
#define LNKCTL2_BITS       0xffffu
#define AER_UNCORRECTABLE  0x003ff030u
#define AER_CORRECTABLE    0x0000f1c1u
#define AER_ADVISORY       0x00002000u /* masked after reset (7.10.6) */
#define AER_CONTROL_BITS   0x0140u
#define AER_ROOT_STATUS    0x0000007fu
#define VC_CONTROL_VC0     0x800000ffu
#define VC_BYTES_EACH      0x0cu

static const struct pci_cap_reg pm_regs[] = {
    {"PMC", PCI_PM_PMC, 2}, {"PMCSR", PCI_PM_CTRL, 2}, {.name = NULL}};
static const struct pci_cap_reg msi_regs[] = {{"MSI_CTRL", PCI_MSI_FLAGS, 2},
                                              {"MSI_ADDR", PCI_MSI_ADDRESS_LO, 4},
                                              {"MSI_BODY", 8, 16},
                                              {.name = NULL}};
static const struct pci_cap_reg msix_regs[] = {{"MSIX_CTRL", PCI_MSIX_FLAGS, 2},
                                               {"MSIX_TABLE", PCI_MSIX_TABLE, 4},
                                               {"MSIX_PBA", PCI_MSIX_PBA, 4},
                                               {.name = NULL}};
static const struct pci_cap_reg express_regs[] = {{"PCIE_CAP", PCI_EXP_FLAGS, 2},
                                                  {"DEVCAP", PCI_EXP_DEVCAP, 4},
                                                  {"DEVCTL", PCI_EXP_DEVCTL, 2},
                                                  {"DEVSTA", PCI_EXP_DEVSTA, 2},
                                                  {"LNKCAP", PCI_EXP_LNKCAP, 4},
                                                  {"LNKCTL", PCI_EXP_LNKCTL, 2},
                                                  {"LNKSTA", PCI_EXP_LNKSTA, 2},
                                                  {"SLTCAP", PCI_EXP_SLTCAP, 4},
                                                  {"SLTCTL", PCI_EXP_SLTCTL, 2},
                                                  {"SLTSTA", PCI_EXP_SLTSTA, 2},
                                                  {"ROOTCTL", PCI_EXP_RTCTL, 2},
                                                  {"ROOTCAP", PCI_EXP_RTCAP, 2},
                                                  {"ROOTSTA", PCI_EXP_RTSTA, 4},
                                                  {"DEVCAP2", PCI_EXP_DEVCAP2, 4},
                                                  {"DEVCTL2", PCI_EXP_DEVCTL2, 2},
                                                  {"LNKCAP2", PCI_EXP_LNKCAP2, 4},
                                                  {"LNKCTL2", PCI_EXP_LNKCTL2, 2},
                                                  {"LNKSTA2", PCI_EXP_LNKSTA2, 2},
                                                  {.name = NULL}};
static const struct pci_cap_reg vendor_regs[] = {{.name = NULL}};
static const struct pci_cap_reg subsystem_regs[] = {
    {"SSVID", 4, 2}, {"SSID", 6, 2}, {.name = NULL}};
static const struct pci_cap_reg aer_regs[] = {
    {"ERRUNCSTS", 0x04, 4}, {"ERRUNCMSK", 0x08, 4},  {"ERRUNCSEV", 0x0c, 4},
    {"ERRCORSTS", 0x10, 4}, {"ERRCORMSK", 0x14, 4},  {"ERRCAP", 0x18, 4},
    {"HDRLOG", 0x1c, 16},   {"ROOTERRCMD", 0x2c, 4}, {"ROOTERRSTS", 0x30, 4},
    {"ERRSID", 0x34, 4},    {.name = NULL}};
static const struct pci_cap_reg vc_regs[] = {{"PVCCAP1", 0x04, 4},
                                             {"PVCCAP2", 0x08, 4},
                                             {"PVCCTL", 0x0c, 2},
                                             {"PVCSTS", 0x0e, 2},
                                             {.name = NULL}};
static const struct pci_cap_reg serial_regs[] = {{"SERIAL", 0x04, 8}, {.name = NULL}};
static const struct pci_cap_reg power_regs[] = {
    {"PWR_SELECT", 0x04, 1}, {"PWR_DATA", 0x08, 4}, {"PWR_CAP", 0x0c, 1}, {.name = NULL}};
static const struct pci_cap_reg vsec_regs[] = {{"VSEC_HEADER", 0x04, 4}, {.name = NULL}};
static const struct pci_cap_reg acs_regs[] = {
    {"ACSCAP", 0x04, 2}, {"ACSCTL", 0x06, 2}, {.name = NULL}};
static const struct pci_cap_reg ats_regs[] = {
    {"ATSCAP", 0x04, 2}, {"ATSCTL", 0x06, 2}, {.name = NULL}};
static const struct pci_cap_reg pri_regs[] = {{"PRICTL", 0x04, 2},
                                              {"PRISTA", 0x06, 2},
                                              {"PRICAPACITY", 0x08, 4},
                                              {"PRIALLOC", 0x0c, 4},
                                              {.name = NULL}};
static const struct pci_cap_reg pasid_regs[] = {
    {"PASIDCAP", 0x04, 2}, {"PASIDCTL", 0x06, 2}, {.name = NULL}};
static const struct pci_cap_reg rebar_regs[] = {{"REBARCAP0", 0x04, 4},
                                                {"REBARCTL0", 0x08, 4},
                                                {"REBARCAP1", 0x0c, 4},
                                                {"REBARCTL1", 0x10, 4},
                                                {.name = NULL}};
static const struct pci_cap_reg ltr_regs[] = {
    {"LTR_SNOOP", 0x04, 2}, {"LTR_NOSNOOP", 0x06, 2}, {.name = NULL}};
static const struct pci_cap_reg secondary_regs[] = {
    {"LNKCTL3", 0x04, 4}, {"LANEERRSTS", 0x08, 4}, {"LANEEQCTL", 0x0c, 32}, {.name = NULL}};
static const struct pci_cap_reg l1ss_regs[] = {
    {"L1SUBCAP", 0x04, 4}, {"L1SUBCTL1", 0x08, 4}, {"L1SUBCTL2", 0x0c, 4}, {.name = NULL}};

static const struct pci_cap_info infos[] = {
    [PCI_CAP_PM] = {.id = PCI_CAP_ID_PM, .regs = pm_regs},
    [PCI_CAP_MSI] = {.id = PCI_CAP_ID_MSI, .regs = msi_regs},
    [PCI_CAP_MSIX] = {.id = PCI_CAP_ID_MSIX, .regs = msix_regs},
    [PCI_CAP_EXPRESS] = {.id = PCI_CAP_ID_EXP, .regs = express_regs},
    [PCI_CAP_VENDOR] = {.id = PCI_CAP_ID_VENDOR, .regs = vendor_regs},
    [PCI_CAP_SUBSYSTEM] = {.id = PCI_CAP_ID_SSVID, .regs = subsystem_regs},
    [PCI_CAP_NULL] = {.id = 0, .is_extended = true, .regs = vendor_regs},
    [PCI_CAP_AER] = {.id = PCI_EXT_CAP_ID_ERR, .is_extended = true, .regs = aer_regs},
    [PCI_CAP_VC] = {.id = PCI_EXT_CAP_ID_VC, .is_extended = true, .regs = vc_regs},
    [PCI_CAP_SERIAL] = {.id = PCI_EXT_CAP_ID_DSN, .is_extended = true, .regs = serial_regs},
    [PCI_CAP_POWER_BUDGET] = {.id = PCI_EXT_CAP_ID_PWR, .is_extended = true, .regs = power_regs},
    [PCI_CAP_VSEC] = {.id = PCI_EXT_CAP_ID_VNDR, .is_extended = true, .regs = vsec_regs},
    [PCI_CAP_ACS] = {.id = PCI_EXT_CAP_ID_ACS, .is_extended = true, .regs = acs_regs},
    [PCI_CAP_ATS] = {.id = PCI_EXT_CAP_ID_ATS, .is_extended = true, .regs = ats_regs},
    [PCI_CAP_PRI] = {.id = PCI_EXT_CAP_ID_PRI, .is_extended = true, .regs = pri_regs},
    [PCI_CAP_PASID] = {.id = PCI_EXT_CAP_ID_PASID, .is_extended = true, .regs = pasid_regs},
    [PCI_CAP_REBAR] = {.id = PCI_EXT_CAP_ID_REBAR, .is_extended = true, .regs = rebar_regs},
    [PCI_CAP_LTR] = {.id = PCI_EXT_CAP_ID_LTR, .is_extended = true, .regs = ltr_regs},
    [PCI_CAP_SECONDARY] = {.id = PCI_EXT_CAP_ID_SECPCI,
                           .is_extended = true,
                           .regs = secondary_regs},
    [PCI_CAP_L1SS] = {.id = PCI_EXT_CAP_ID_L1SS, .is_extended = true, .regs = l1ss_regs},
};

const struct pci_cap_info *pci_cap_info(const struct pci_cap *cap)
{
    BUG_ON((size_t)cap->kind >= ARRAY_LEN(infos) || infos[cap->kind].regs == NULL);
    return &infos[cap->kind];
}

const struct pci_cap *pci_cap_find(const struct pci_desc *desc, enum pci_cap_kind kind)
{
    for (const struct pci_cap *cap = desc->caps; cap != NULL && cap->kind != PCI_CAP_END; cap++) {
        if (cap->kind == kind) return cap;
    }
    return NULL;
}

static unsigned msi_bytes(const struct pci_cap_msi *msi)
{
    if (msi->has_mask) return msi->is_64 ? MSI_BYTES_64_MASK : MSI_BYTES_MASK;
    return msi->is_64 ? MSI_BYTES_64 : MSI_BYTES;
}

static unsigned express_bytes(const struct pci_cap_express *express)
{
    if (express->version >= 2) return EXPRESS_BYTES_V2;
    return express->type == PCI_EXPRESS_ROOT_PORT ? EXPRESS_BYTES_V1_ROOT : EXPRESS_BYTES_V1;
}

/* One lane equalization register of two bytes per lane of the link. */
static unsigned secondary_bytes(const struct pci_desc *desc)
{
    const struct pci_cap *express = pci_cap_find(desc, PCI_CAP_EXPRESS);
    unsigned lanes = express != NULL ? express->express.lnkcap >> 4 & 0x3f : 0;

    return (unsigned)align_up(0x0c + 2 * lanes, 4);
}

unsigned pci_cap_bytes(const struct pci_desc *desc, const struct pci_cap *cap)
{
    switch (cap->kind) {
    case PCI_CAP_END: return 0;
    case PCI_CAP_NULL: return 4;
    case PCI_CAP_PM:
    case PCI_CAP_SUBSYSTEM:
    case PCI_CAP_ACS:
    case PCI_CAP_ATS:
    case PCI_CAP_PASID:
    case PCI_CAP_LTR: return 8;
    case PCI_CAP_MSIX:
    case PCI_CAP_SERIAL: return 0x0c;
    case PCI_CAP_POWER_BUDGET:
    case PCI_CAP_PRI:
    case PCI_CAP_L1SS: return 0x10;
    case PCI_CAP_MSI: return msi_bytes(&cap->msi);
    case PCI_CAP_EXPRESS: return express_bytes(&cap->express);
    case PCI_CAP_VENDOR: return cap->vendor.bytes;
    case PCI_CAP_VSEC: return cap->vsec.bytes;
    case PCI_CAP_AER: return cap->aer.is_root ? 0x38 : 0x2c;
    case PCI_CAP_VC: return 0x10 + VC_BYTES_EACH * (cap->vc.extra + 1u);
    case PCI_CAP_REBAR: return cap->rebar.sizes[1] != 0 ? 0x14 : 0x0c;
    case PCI_CAP_SECONDARY: return secondary_bytes(desc);
    }
    return 0;
}

/* Shorthand: one register of the capability at `at`. */
struct place {
    struct pci_fn *fn;
    unsigned at;
};

static void rw(const struct place *p, unsigned offset, unsigned size, uint32_t bits)
{
    pci_build_mask(p->fn, PCI_RW, p->at + offset, size, bits);
}

static void value(const struct place *p, unsigned offset, unsigned size, uint32_t bits)
{
    pci_build(p->fn, p->at + offset, size, bits);
}

static void sticky_events(const struct place *p, unsigned offset, uint32_t bits)
{
    pci_build_mask(p->fn, PCI_W1C, p->at + offset, 4, bits);
    pci_build_mask(p->fn, PCI_HW, p->at + offset, 4, bits);
    pci_build_mask(p->fn, PCI_KEEP, p->at + offset, 4, bits);
}

static void sticky_rw(const struct place *p, unsigned offset, uint32_t bits, uint32_t reset)
{
    rw(p, offset, 4, bits);
    value(p, offset, 4, reset);
    pci_build_mask(p->fn, PCI_KEEP, p->at + offset, 4, bits);
}

static void build_pm(const struct place *p, const struct pci_cap_pm *pm)
{
    bool has_pme = (pm->pmc & 0xf800) != 0;

    value(p, PCI_PM_PMC, 2, (uint32_t)pm->pmc | pm->version);
    value(p, PCI_PM_CTRL, 2, pm->no_soft_reset ? PCI_PM_CTRL_NO_SOFT_RESET : 0);
    rw(p, PCI_PM_CTRL, 2, PCI_PM_CTRL_STATE_MASK | (has_pme ? PCI_PM_CTRL_PME_ENABLE : 0));
    if (has_pme) {
        pci_build_mask(p->fn, PCI_W1C, p->at + PCI_PM_CTRL, 2, PCI_PM_CTRL_PME_STATUS);
        pci_build_mask(p->fn, PCI_HW, p->at + PCI_PM_CTRL, 2, PCI_PM_CTRL_PME_STATUS);
        pci_build_mask(p->fn, PCI_KEEP, p->at + PCI_PM_CTRL, 2,
                       PCI_PM_CTRL_PME_STATUS | PCI_PM_CTRL_PME_ENABLE);
    }
    p->fn->cap_pm = (uint16_t)p->at;
}

static void build_msi(const struct place *p, const struct pci_cap_msi *msi)
{
    unsigned data = msi->is_64 ? 0x0c : 0x08;
    uint32_t vectors = (uint32_t)bits_mask(1u << msi->log2_vectors);

    value(p, PCI_MSI_FLAGS, 2,
          (uint32_t)msi->log2_vectors << 1 | (msi->is_64 ? PCI_MSI_FLAGS_64BIT : 0) |
              (msi->has_mask ? PCI_MSI_FLAGS_MASKBIT : 0));
    rw(p, PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
    rw(p, PCI_MSI_ADDRESS_LO, 4, MSI_ADDRESS_BITS);
    if (msi->is_64) {
        rw(p, PCI_MSI_ADDRESS_HI, 4, UINT32_MAX);
    }
    rw(p, data, 2, 0xffff);
    if (msi->has_mask) {
        rw(p, data + 4, 4, vectors);
        pci_build_mask(p->fn, PCI_HW, p->at + data + 8, 4, vectors);
    }
    p->fn->cap_msi = (uint16_t)p->at;
}

static void build_msix(const struct place *p, const struct pci_cap *cap)
{
    const struct pci_cap_msix *msix = &cap->msix;

    value(p, PCI_MSIX_FLAGS, 2, msix->vectors - 1u);
    rw(p, PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    value(p, PCI_MSIX_TABLE, 4, msix->table | msix->table_bar);
    value(p, PCI_MSIX_PBA, 4, msix->pba | msix->pba_bar);
    p->fn->cap_msix = (uint16_t)p->at;
    p->fn->msix = cap;
}

static bool is_port(const struct pci_cap_express *express)
{
    return express->type == PCI_EXPRESS_ROOT_PORT || express->type == PCI_EXPRESS_DOWNSTREAM;
}

static void build_link(const struct place *p, const struct pci_cap_express *express)
{
    uint32_t control = is_port(express) ? LNKCTL_PORT_BITS : LNKCTL_DEVICE_BITS;

    if (express->type == PCI_EXPRESS_INTEGRATED) return;
    if ((express->lnkcap & PCI_LNKCAP_BW_NOTIFY) != 0) {
        control |= LNKCTL_BW_BITS;
        pci_build_mask(p->fn, PCI_W1C, p->at + PCI_EXP_LNKSTA, 2, LNKSTA_BW_BITS);
    }
    if ((express->lnkcap & PCI_LNKCAP_CLOCK_PM) != 0) {
        control |= LNKCTL_CLOCK_PM;
    }
    value(p, PCI_EXP_LNKCAP, 4, express->lnkcap);
    rw(p, PCI_EXP_LNKCTL, 2, control);
    value(p, PCI_EXP_LNKSTA, 2, express->lnksta);
    if (is_port(express) && (express->lnkcap & PCI_LNKCAP_DL_REPORT) != 0) {
        pci_build_mask(p->fn, PCI_HW, p->at + PCI_EXP_LNKSTA, 2, PCI_EXP_LNKSTA_DLLLA);
    }
}

/* Enables of what the slot cannot do are hardwired to 0 (7.8.10). No slot here has buttons,
 * indicators, power control. */
static uint32_t slot_control(const struct pci_cap_express *express)
{
    uint32_t bits = 0;

    if ((express->sltcap & SLTCAP_CAPABLE) != 0) {
        bits |= SLTCTL_HOTPLUG;
    }
    if ((express->sltcap & PCI_SLTCAP_NO_COMPLETED) == 0) {
        bits |= SLTCTL_COMPLETED;
    }
    if ((express->lnkcap & PCI_LNKCAP_DL_REPORT) != 0) {
        bits |= SLTCTL_LINK;
    }
    return bits;
}

static void build_express(const struct place *p, const struct pci_cap_express *express)
{
    uint32_t ext_tag = (express->devcap & PCI_DEVCAP_EXT_TAG) != 0 ? PCI_DEVCTL_EXT_TAG : 0;

    value(p, PCI_EXP_FLAGS, 2,
          express->version | (uint32_t)express->type << 4 |
              (express->has_slot ? PCI_EXP_FLAGS_SLOT : 0));
    value(p, PCI_EXP_DEVCAP, 4, express->devcap);
    value(p, PCI_EXP_DEVCTL, 2, express->devctl);
    rw(p, PCI_EXP_DEVCTL, 2, DEVCTL_BITS | ext_tag);
    value(p, PCI_EXP_DEVSTA, 2, express->has_aux_power ? DEVSTA_AUX_POWER : 0);
    pci_build_mask(p->fn, PCI_W1C, p->at + PCI_EXP_DEVSTA, 2, DEVSTA_BITS);
    build_link(p, express);
    if (express->has_slot) {
        value(p, PCI_EXP_SLTCAP, 4, express->sltcap);
        rw(p, PCI_EXP_SLTCTL, 2, slot_control(express));
        pci_build_mask(p->fn, PCI_W1C, p->at + PCI_EXP_SLTSTA, 2, SLTSTA_EVENTS);
        pci_build_mask(p->fn, PCI_HW, p->at + PCI_EXP_SLTSTA, 2, PCI_EXP_SLTSTA_PDS);
    }
    if (express->type == PCI_EXPRESS_ROOT_PORT) {
        rw(p, PCI_EXP_RTCTL, 2, RTCTL_BITS);
        value(p, PCI_EXP_RTCAP, 2, express->rtcap);
        pci_build_mask(p->fn, PCI_W1C, p->at + PCI_EXP_RTSTA, 4, RTSTA_PME);
    }
    if (express->version >= 2) {
        value(p, PCI_EXP_DEVCAP2, 4, express->devcap2);
        rw(p, PCI_EXP_DEVCTL2, 2, DEVCTL2_BITS);
    }
    if (express->version >= 2 && express->type != PCI_EXPRESS_INTEGRATED) {
        value(p, PCI_EXP_LNKCAP2, 4, express->lnkcap2);
        value(p, PCI_EXP_LNKCTL2, 2, express->lnkctl2);
        rw(p, PCI_EXP_LNKCTL2, 2, LNKCTL2_BITS);
        value(p, PCI_EXP_LNKSTA2, 2, express->lnksta2);
    }
    p->fn->cap_express = (uint16_t)p->at;
}

static void build_aer(const struct place *p, const struct pci_cap_aer *aer)
{
    sticky_events(p, 0x04, AER_UNCORRECTABLE);
    sticky_rw(p, 0x08, AER_UNCORRECTABLE, 0);
    sticky_rw(p, 0x0c, AER_UNCORRECTABLE, aer->severity);
    sticky_events(p, 0x10, AER_CORRECTABLE);
    sticky_rw(p, 0x14, AER_CORRECTABLE, AER_ADVISORY);
    sticky_rw(p, 0x18, aer->control != 0 ? AER_CONTROL_BITS : 0, aer->control);
    if (aer->is_root) {
        rw(p, 0x2c, 4, 0x7);
        sticky_events(p, 0x30, AER_ROOT_STATUS);
    }
}

static void build_vc(const struct place *p, const struct pci_cap_vc *vc)
{
    value(p, 0x04, 4, vc->extra);
    for (unsigned i = 0; i <= vc->extra; i++) {
        unsigned control = 0x14 + VC_BYTES_EACH * i;

        value(p, control, 4, i == 0 ? VC_CONTROL_VC0 : (uint32_t)i << 24);
        rw(p, control, 1, 0xfe);
    }
}

static void build_rebar(const struct place *p, const struct pci_cap_rebar *rebar)
{
    unsigned count = rebar->sizes[1] != 0 ? 2 : 1;

    for (unsigned i = 0; i < count; i++) {
        uint64_t bytes = p->fn->desc->bar[rebar->bar[i]].bytes;
        unsigned size = (unsigned)__builtin_ctzll(bytes) - 20;

        value(p, 0x04 + 8 * i, 4, rebar->sizes[i] << 4);
        value(p, 0x08 + 8 * i, 4, rebar->bar[i] | (i == 0 ? count << 5 : 0) | size << 8);
        rw(p, 0x08 + 8 * i, 4, 0x3f00);
    }
    p->fn->cap_rebar = (uint16_t)p->at;
}

static void build_extended(const struct place *p, const struct pci_cap *cap)
{
    switch (cap->kind) {
    case PCI_CAP_AER: build_aer(p, &cap->aer); break;
    case PCI_CAP_VC: build_vc(p, &cap->vc); break;
    case PCI_CAP_POWER_BUDGET: rw(p, 0x04, 1, 0xff); break;
    case PCI_CAP_VSEC:
        value(p, 0x04, 4,
              cap->vsec.id | (uint32_t)cap->vsec.revision << 16 | (uint32_t)cap->vsec.bytes << 20);
        break;
    case PCI_CAP_ACS:
        value(p, 0x04, 2, cap->acs.bits);
        rw(p, 0x06, 2, cap->acs.bits);
        break;
    case PCI_CAP_ATS: rw(p, 0x06, 2, 0x801f); break;
    case PCI_CAP_PRI:
        rw(p, 0x04, 2, 0x0001);
        value(p, 0x06, 2, 0x0100); /* stopped */
        value(p, 0x08, 4, cap->pri.capacity);
        rw(p, 0x0c, 4, UINT32_MAX);
        break;
    case PCI_CAP_PASID:
        value(p, 0x04, 2, cap->pasid.bits);
        rw(p, 0x06, 2, 0x0007);
        break;
    case PCI_CAP_REBAR: build_rebar(p, &cap->rebar); break;
    case PCI_CAP_LTR:
        rw(p, 0x04, 2, 0x1fff);
        rw(p, 0x06, 2, 0x1fff);
        break;
    case PCI_CAP_SECONDARY: rw(p, 0x04, 4, 0x0002); break;
    case PCI_CAP_L1SS:
        value(p, 0x04, 4, cap->l1ss.capabilities);
        rw(p, 0x08, 4, 0xe3ffff0f);
        rw(p, 0x0c, 4, 0x000000fb);
        break;
    case PCI_CAP_END:
    case PCI_CAP_PM:
    case PCI_CAP_MSI:
    case PCI_CAP_MSIX:
    case PCI_CAP_EXPRESS:
    case PCI_CAP_VENDOR:
    case PCI_CAP_SUBSYSTEM:
    case PCI_CAP_NULL:
    case PCI_CAP_SERIAL: break;
    }
}

static void build_one(const struct place *p, const struct pci_cap *cap)
{
    if (cap->kind == PCI_CAP_PM) {
        build_pm(p, &cap->pm);
    } else if (cap->kind == PCI_CAP_MSI) {
        build_msi(p, &cap->msi);
    } else if (cap->kind == PCI_CAP_MSIX) {
        build_msix(p, cap);
    } else if (cap->kind == PCI_CAP_EXPRESS) {
        build_express(p, &cap->express);
    } else if (cap->kind == PCI_CAP_VENDOR) {
        value(p, 2, 1, cap->vendor.bytes);
    } else if (cap->kind == PCI_CAP_SUBSYSTEM) {
        value(p, 4, 2, cap->subsystem.vendor);
        value(p, 6, 2, cap->subsystem.id);
    } else {
        build_extended(p, cap);
    }
}

/* Offset of the next capability of the same chain, 0 at its end. */
static uint32_t next_of(const struct pci_cap *cap)
{
    bool is_extended = pci_cap_info(cap)->is_extended;

    for (cap++; cap->kind != PCI_CAP_END; cap++) {
        if (pci_cap_info(cap)->is_extended == is_extended) return cap->offset;
    }
    return 0;
}

static void build_header(const struct place *p, const struct pci_cap *cap)
{
    const struct pci_cap_info *info = pci_cap_info(cap);
    uint32_t version = cap->version != 0 ? cap->version : 1;

    if (!info->is_extended) {
        value(p, 0, 2, info->id | next_of(cap) << 8);
        return;
    }
    value(p, 0, 4, info->id | (cap->kind == PCI_CAP_NULL ? 0 : version << 16) | next_of(cap) << 20);
}

void pci_caps_build(struct pci_fn *fn)
{
    bool is_first = true;

    for (const struct pci_cap *cap = fn->desc->caps; cap != NULL && cap->kind != PCI_CAP_END;
         cap++) {
        struct place place = {.fn = fn, .at = cap->offset};

        if (!pci_cap_info(cap)->is_extended && is_first) {
            pci_build(fn, PCI_CAPABILITY_LIST, 1, cap->offset);
            pci_build(fn, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
            is_first = false;
        }
        build_header(&place, cap);
        build_one(&place, cap);
    }
}
