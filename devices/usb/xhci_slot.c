/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: device slots and their commands (4.5, 4.6.3 - 4.6.8, 4.6.11). Contexts have 64 bytes
 * (6.2, HCCPARAMS1.CSZ). What is needed of them is kept here; the output context is written for
 * software to read.
 */
#include <string.h>

#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define SLOT_WORDS_BYTES 16u /* of a slot context that mean something */
#define EP_WORDS_BYTES   20u
#define CONTEXT_ALIGN    (~(uint64_t)0x3f)
#define ADD_SLOT         UINT32_C(1)
#define ADD_EP0          UINT32_C(2)
#define SLOT_TYPE_SHIFT  16
#define SLOT_TYPE_MASK   UINT32_C(0x1f)
#define INPUT(trb)       ((trb)->parameter & ~(uint64_t)0xf)
#define INPUT_AT(trb, n) (INPUT(trb) + (uint64_t)((n) + 1) * XHCI_CONTEXT_BYTES)
#define WORD(context, n) le32_get((context) + (size_t)(n)*4)

static void put_word(uint8_t *context, unsigned index, uint32_t value)
{
    le32_put(context + (size_t)index * 4, value);
}

/* 4.5.3: as software sees the state. */
static uint32_t state_code(const struct xhci_slot *slot)
{
    return slot->state > XHCI_SLOT_ENABLED ? (uint32_t)slot->state - XHCI_SLOT_ENABLED : 0;
}

/* Word 3 of the output slot context: address and state. */
static bool store_state(struct xhci *xhci, const struct xhci_slot *slot)
{
    uint8_t word[4];

    le32_put(word, slot->address | state_code(slot) << XHCI_SLOT_STATE_SHIFT);
    return xhci_store(xhci, slot->context + 12, word, sizeof(word));
}

static void forget_device(struct xhci *xhci, unsigned slot)
{
    for (unsigned i = 0; i < xhci->ports; i++) {
        if (xhci->port[i].slot == slot) {
            xhci->port[i].slot = 0;
        }
    }
}

/* ---- Enable, disable ---- */

enum xhci_code xhci_slot_enable(struct xhci *xhci, const struct xhci_trb *trb, unsigned *slot)
{
    unsigned enabled = (unsigned)min_u64(xhci->config & UINT8_MAX, xhci->slots);

    if ((trb->control >> SLOT_TYPE_SHIFT & SLOT_TYPE_MASK) != 0) return XHCI_TRB_ERROR;
    for (unsigned i = 1; i <= enabled; i++) {
        if (xhci_slot_at(xhci, i)->state != XHCI_SLOT_DISABLED) continue;
        xhci_slot_at(xhci, i)->state = XHCI_SLOT_ENABLED;
        *slot = i;
        return XHCI_SUCCESS;
    }
    return XHCI_NO_SLOTS;
}

enum xhci_code xhci_slot_disable(struct xhci *xhci, unsigned slot)
{
    forget_device(xhci, slot);
    memset(xhci_slot_at(xhci, slot), 0, sizeof(struct xhci_slot));
    memset(xhci_ep_at(xhci, slot, 0), 0, XHCI_DCIS * sizeof(struct xhci_ep));
    return XHCI_SUCCESS;
}

/* ---- Address Device (4.6.5) ---- */

/* SET_ADDRESS on the wire: heard by a device that has no address yet. */
static bool send_address(struct xhci *xhci, unsigned slot_id)
{
    const struct xhci_slot *slot = xhci_slot_at(xhci, slot_id);
    struct xhci_port *port = &xhci->port[slot->port - 1];
    const struct usb_function *function = xhci_port_function(xhci, slot->port);

    if (slot->has_route || function == NULL || port->address != 0) return false;
    if ((unsigned)function->speed != slot->speed) return false;
    port->address = (uint8_t)slot_id;
    return true;
}

static enum xhci_code check_address(struct xhci *xhci, const struct xhci_slot *slot,
                                    const struct xhci_trb *trb, uint8_t *slot_context,
                                    uint8_t *ep_context)
{
    bool blocks = (trb->control & XHCI_TRB_BSR) != 0;
    uint8_t control[8];
    unsigned port;

    if (slot->state != XHCI_SLOT_ENABLED && (slot->state != XHCI_SLOT_DEFAULT || blocks)) {
        return XHCI_CONTEXT_STATE;
    }
    if (!xhci_fetch(xhci, INPUT(trb), control, sizeof(control)) ||
        !xhci_fetch(xhci, INPUT_AT(trb, 0), slot_context, SLOT_WORDS_BYTES) ||
        !xhci_fetch(xhci, INPUT_AT(trb, 1), ep_context, EP_WORDS_BYTES)) {
        return XHCI_TRB_ERROR;
    }
    if (WORD(control, XHCI_ICC_DROP) != 0 || WORD(control, XHCI_ICC_ADD) != (ADD_SLOT | ADD_EP0)) {
        return XHCI_PARAMETER_ERROR;
    }
    port = WORD(slot_context, 1) >> XHCI_SLOT_PORT_SHIFT & XHCI_SLOT_PORT_MASK;
    if (port == 0 || port > xhci->ports) return XHCI_PARAMETER_ERROR;
    return xhci_ep_is_valid(ep_context, 1) ? XHCI_SUCCESS : XHCI_PARAMETER_ERROR;
}

static void take_slot_context(struct xhci_slot *slot, const uint8_t *context)
{
    uint32_t first = WORD(context, 0);

    slot->port = (uint8_t)(WORD(context, 1) >> XHCI_SLOT_PORT_SHIFT & XHCI_SLOT_PORT_MASK);
    slot->speed = (uint8_t)(first >> XHCI_SLOT_SPEED_SHIFT & XHCI_SLOT_SPEED_MASK);
    slot->has_route = (first & XHCI_SLOT_ROUTE) != 0;
}

enum xhci_code xhci_slot_address(struct xhci *xhci, unsigned slot_id, const struct xhci_trb *trb)
{
    struct xhci_slot *slot = xhci_slot_at(xhci, slot_id);
    uint8_t slot_context[SLOT_WORDS_BYTES];
    uint8_t ep_context[EP_WORDS_BYTES];
    uint8_t entry[8];
    const struct xhci_slot before = *slot;
    bool blocks = (trb->control & XHCI_TRB_BSR) != 0;
    enum xhci_code code = check_address(xhci, slot, trb, slot_context, ep_context);

    if (code != XHCI_SUCCESS) return code;
    if (!xhci_fetch(xhci, xhci->dcbaap + (uint64_t)slot_id * 8, entry, sizeof(entry))) {
        return XHCI_TRB_ERROR;
    }
    take_slot_context(slot, slot_context);
    slot->context = le64_get(entry) & CONTEXT_ALIGN;
    if (!blocks && !send_address(xhci, slot_id)) {
        *slot = before;
        return XHCI_TRANSACTION_ERROR;
    }
    forget_device(xhci, slot_id);
    slot->state = blocks ? XHCI_SLOT_DEFAULT : XHCI_SLOT_ADDRESSED;
    slot->address = blocks ? 0 : (uint8_t)slot_id;
    xhci->port[slot->port - 1].slot = slot->has_route ? 0 : (uint8_t)slot_id;
    put_word(slot_context, 3, slot->address | state_code(slot) << XHCI_SLOT_STATE_SHIFT);
    if (!xhci_store(xhci, slot->context, slot_context, sizeof(slot_context)) ||
        !xhci_store(xhci, slot->context + XHCI_CONTEXT_BYTES, ep_context, sizeof(ep_context))) {
        return XHCI_TRB_ERROR;
    }
    xhci_ep_load(xhci, slot_id, 1, ep_context);
    return XHCI_SUCCESS;
}

/* ---- Configure Endpoint (4.6.6) ---- */

/* Slot context after endpoints came and went: number of entries, state. */
static enum xhci_code finish_configure(struct xhci *xhci, unsigned slot_id, const uint8_t *input)
{
    struct xhci_slot *slot = xhci_slot_at(xhci, slot_id);
    uint8_t output[SLOT_WORDS_BYTES];
    uint32_t entries = 1;

    for (unsigned dci = 2; dci < XHCI_DCIS; dci++) {
        if (xhci_ep_at(xhci, slot_id, dci)->state != XHCI_EP_DISABLED) {
            entries = dci;
        }
    }
    slot->state = entries > 1 ? XHCI_SLOT_CONFIGURED : XHCI_SLOT_ADDRESSED;
    if (!xhci_fetch(xhci, slot->context, output, sizeof(output))) return XHCI_TRB_ERROR;
    if (input != NULL) {
        put_word(output, 0, (WORD(output, 0) & ~XHCI_SLOT_HUB) | (WORD(input, 0) & XHCI_SLOT_HUB));
        put_word(output, 1,
                 (WORD(output, 1) & ~XHCI_SLOT_HUB_PORTS) | (WORD(input, 1) & XHCI_SLOT_HUB_PORTS));
    }
    put_word(output, 0,
             (WORD(output, 0) & ~XHCI_SLOT_ENTRIES) | entries << XHCI_SLOT_ENTRIES_SHIFT);
    put_word(output, 3, slot->address | state_code(slot) << XHCI_SLOT_STATE_SHIFT);
    return xhci_store(xhci, slot->context, output, sizeof(output)) ? XHCI_SUCCESS : XHCI_TRB_ERROR;
}

static enum xhci_code deconfigure(struct xhci *xhci, unsigned slot)
{
    for (unsigned dci = 2; dci < XHCI_DCIS; dci++) {
        xhci_ep_disable(xhci, slot, dci);
    }
    return finish_configure(xhci, slot, NULL);
}

/* All endpoint contexts that are added, before anything is changed. */
static enum xhci_code check_added(struct xhci *xhci, const struct xhci_trb *trb, uint32_t added)
{
    uint8_t context[EP_WORDS_BYTES];

    for (unsigned dci = 2; dci < XHCI_DCIS; dci++) {
        if ((added & BIT32(dci)) == 0) continue;
        if (!xhci_fetch(xhci, INPUT_AT(trb, dci), context, sizeof(context))) return XHCI_TRB_ERROR;
        if (!xhci_ep_is_valid(context, dci)) return XHCI_PARAMETER_ERROR;
    }
    return XHCI_SUCCESS;
}

static bool add_endpoint(struct xhci *xhci, unsigned slot, unsigned dci, uint64_t input)
{
    uint8_t context[EP_WORDS_BYTES];
    uint64_t output = xhci_slot_at(xhci, slot)->context + (uint64_t)dci * XHCI_CONTEXT_BYTES;

    if (!xhci_fetch(xhci, input, context, sizeof(context))) return false;
    if (!xhci_ep_is_valid(context, dci)) return false;
    if (!xhci_store(xhci, output, context, sizeof(context))) return false;
    xhci_ep_load(xhci, slot, dci, context);
    return true;
}

enum xhci_code xhci_slot_configure(struct xhci *xhci, unsigned slot_id, const struct xhci_trb *trb)
{
    const struct xhci_slot *slot = xhci_slot_at(xhci, slot_id);
    uint8_t control[8];
    uint8_t input[SLOT_WORDS_BYTES];
    uint32_t dropped;
    uint32_t added;
    enum xhci_code code;

    if (slot->state < XHCI_SLOT_ADDRESSED) return XHCI_CONTEXT_STATE;
    if ((trb->control & XHCI_TRB_DC) != 0) return deconfigure(xhci, slot_id);
    if (!xhci_fetch(xhci, INPUT(trb), control, sizeof(control)) ||
        !xhci_fetch(xhci, INPUT_AT(trb, 0), input, sizeof(input))) {
        return XHCI_TRB_ERROR;
    }
    dropped = WORD(control, XHCI_ICC_DROP);
    added = WORD(control, XHCI_ICC_ADD);
    if (((dropped | added) & ADD_EP0) != 0 || (dropped & ADD_SLOT) != 0) {
        return XHCI_PARAMETER_ERROR;
    }
    code = check_added(xhci, trb, added);
    if (code != XHCI_SUCCESS) return code;
    for (unsigned dci = 2; dci < XHCI_DCIS; dci++) {
        if (((dropped | added) & BIT32(dci)) != 0) {
            xhci_ep_disable(xhci, slot_id, dci);
        }
        if ((added & BIT32(dci)) != 0 && !add_endpoint(xhci, slot_id, dci, INPUT_AT(trb, dci))) {
            return XHCI_TRB_ERROR;
        }
    }
    return finish_configure(xhci, slot_id, (added & ADD_SLOT) != 0 ? input : NULL);
}

/* ---- Evaluate Context (4.6.7) ---- */

static bool evaluate_slot(struct xhci *xhci, const struct xhci_slot *slot, uint64_t at)
{
    uint8_t input[SLOT_WORDS_BYTES];
    uint8_t output[SLOT_WORDS_BYTES];

    if (!xhci_fetch(xhci, at, input, sizeof(input)) ||
        !xhci_fetch(xhci, slot->context, output, sizeof(output))) {
        return false;
    }
    put_word(output, 1,
             (WORD(output, 1) & ~XHCI_SLOT_LATENCY) | (WORD(input, 1) & XHCI_SLOT_LATENCY));
    put_word(output, 2,
             (WORD(output, 2) & ~XHCI_SLOT_TARGET) | (WORD(input, 2) & XHCI_SLOT_TARGET));
    return xhci_store(xhci, slot->context, output, sizeof(output));
}

/* Only the packet size of endpoint 0 is evaluated. */
static enum xhci_code evaluate_ep0(struct xhci *xhci, unsigned slot_id, uint64_t at)
{
    const struct xhci_slot *slot = xhci_slot_at(xhci, slot_id);
    uint64_t where = slot->context + XHCI_CONTEXT_BYTES + 4;
    uint8_t input[EP_WORDS_BYTES];
    uint8_t word[4];

    if (!xhci_fetch(xhci, at, input, sizeof(input)) ||
        !xhci_fetch(xhci, where, word, sizeof(word))) {
        return XHCI_TRB_ERROR;
    }
    if (!xhci_ep_is_valid(input, 1)) return XHCI_PARAMETER_ERROR;
    xhci_ep_at(xhci, slot_id, 1)->max_packet = (uint16_t)(WORD(input, 1) >> XHCI_EP_PACKET_SHIFT);
    le32_put(word, (le32_get(word) & UINT16_MAX) | (WORD(input, 1) >> XHCI_EP_PACKET_SHIFT)
                                                       << XHCI_EP_PACKET_SHIFT);
    return xhci_store(xhci, where, word, sizeof(word)) ? XHCI_SUCCESS : XHCI_TRB_ERROR;
}

enum xhci_code xhci_slot_evaluate(struct xhci *xhci, unsigned slot_id, const struct xhci_trb *trb)
{
    const struct xhci_slot *slot = xhci_slot_at(xhci, slot_id);
    uint8_t control[8];
    uint32_t added;

    if (slot->state < XHCI_SLOT_DEFAULT) return XHCI_CONTEXT_STATE;
    if (!xhci_fetch(xhci, INPUT(trb), control, sizeof(control))) return XHCI_TRB_ERROR;
    added = WORD(control, XHCI_ICC_ADD);
    if (WORD(control, XHCI_ICC_DROP) != 0) return XHCI_PARAMETER_ERROR;
    if ((added & ADD_SLOT) != 0 && !evaluate_slot(xhci, slot, INPUT_AT(trb, 0))) {
        return XHCI_TRB_ERROR;
    }
    return (added & ADD_EP0) != 0 ? evaluate_ep0(xhci, slot_id, INPUT_AT(trb, 1)) : XHCI_SUCCESS;
}

/* ---- Reset Device (4.6.11) ---- */

enum xhci_code xhci_slot_reset(struct xhci *xhci, unsigned slot_id)
{
    struct xhci_slot *slot = xhci_slot_at(xhci, slot_id);
    uint8_t word[4];

    if (slot->state < XHCI_SLOT_ADDRESSED) return XHCI_CONTEXT_STATE;
    for (unsigned dci = 2; dci < XHCI_DCIS; dci++) {
        xhci_ep_disable(xhci, slot_id, dci);
    }
    slot->state = XHCI_SLOT_DEFAULT;
    slot->address = 0;
    if (!xhci_fetch(xhci, slot->context, word, sizeof(word))) return XHCI_TRB_ERROR;
    le32_put(word, (le32_get(word) & ~XHCI_SLOT_ENTRIES) | BIT32(XHCI_SLOT_ENTRIES_SHIFT));
    if (!xhci_store(xhci, slot->context, word, sizeof(word))) return XHCI_TRB_ERROR;
    return store_state(xhci, slot) ? XHCI_SUCCESS : XHCI_TRB_ERROR;
}
