/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI enumeration, second part: addresses. See pci_tree.h. Bridge windows are sized from the leaves to the roots, then
 * placed from the roots to the leaves. Granularities: PCI-to-PCI Bridge 1.2, 3.2.5.6 to 3.2.5.9.
 */
#include <stddef.h>

#include "firmware/core/pci_tree.h"
#include "firmware/lib/mem.h"

#define WINDOW_IO_ALIGN  0x1000u
#define WINDOW_MEM_ALIGN 0x100000u
#define NO_ROOM          UINT64_MAX

#define KIND_BIT(kind) (1u << (kind))

/* Resources that share one stretch of addresses. */
struct selection {
    unsigned parent; /* bridge, or PCI_NO_PARENT */
    unsigned root;
    unsigned kinds; /* KIND_BIT()s */
    bool is_high;
};

static bool is_selected(const struct pci_tree *tree, const struct selection *selection,
                        unsigned index)
{
    const struct pci_resource *resource = &tree->resource[index];
    const struct pci_function *owner = &tree->function[resource->owner];

    return !resource->is_dropped && owner->parent == selection->parent &&
           owner->root == selection->root && (selection->kinds & KIND_BIT(resource->kind)) != 0 &&
           resource->is_high == selection->is_high;
}

/* The selected resource that comes after `previous` (-1: the first one) in the order of alignment, then of the table. */
static int next_selected(const struct pci_tree *tree, const struct selection *selection,
                         int previous)
{
    int best = -1;

    for (unsigned i = 0; i < tree->resource_count; i++) {
        uint64_t align = tree->resource[i].align;

        if (!is_selected(tree, selection, i)) {
            continue;
        }
        if (previous >= 0 && (align > tree->resource[previous].align ||
                              (align == tree->resource[previous].align && (int)i <= previous))) {
            continue;
        }
        if (best < 0 || align > tree->resource[best].align) {
            best = (int)i;
        }
    }
    return best;
}

/* Packs the selected resources from `base` on and notes their addresses. Returns the end, or NO_ROOM beyond `limit`. */
static uint64_t pack(struct pci_tree *tree, const struct selection *selection, uint64_t base,
                     uint64_t limit)
{
    uint64_t at = base;
    int i = -1;

    while ((i = next_selected(tree, selection, i)) >= 0) {
        struct pci_resource *resource = &tree->resource[i];
        uint64_t start = align_up(at, resource->align);

        if (start < at || start > limit || resource->bytes > limit - start) {
            return NO_ROOM;
        }
        resource->base = start;
        at = start + resource->bytes;
    }
    return at;
}

/* What a port that takes devices later needs at the least. */
static uint64_t hotplug_bytes(const struct pci_tree *tree, unsigned bridge, unsigned kind)
{
    if (!tree->function[bridge].is_hotplug) {
        return 0;
    }
    if (kind == PCI_KIND_IO) {
        return tree->hotplug.io_bytes;
    }
    return kind == PCI_KIND_MEM ? tree->hotplug.mem_bytes : tree->hotplug.pref_bytes;
}

/* Adds the window of one kind that a bridge needs for what is behind it, or may be one day. */
static void add_window(struct pci_tree *tree, unsigned bridge, unsigned kind)
{
    struct selection selection = {
        .parent = bridge,
        .root = tree->function[bridge].root,
        .kinds = KIND_BIT(kind),
    };
    uint64_t gran = kind == PCI_KIND_IO ? WINDOW_IO_ALIGN : WINDOW_MEM_ALIGN;
    uint64_t least = hotplug_bytes(tree, bridge, kind);
    int first = next_selected(tree, &selection, -1);
    uint64_t end = pack(tree, &selection, 0, NO_ROOM - gran);
    struct pci_resource window = {
        .owner = (uint16_t)bridge,
        .kind = (uint8_t)kind,
        .is_window = true,
        .is_64bit = kind == PCI_KIND_PREF && tree->function[bridge].has_pref64,
    };

    if (first < 0 && least == 0) {
        return;
    }
    if (end == NO_ROOM || tree->resource_count == PCI_RESOURCES_MAX) {
        tree->lost++;
        return;
    }
    for (unsigned i = 0; i < tree->resource_count; i++) {
        if (is_selected(tree, &selection, i) && !tree->resource[i].is_64bit) {
            window.is_64bit = false;
        }
    }
    window.bytes = align_up(end > least ? end : least, gran);
    window.align =
        first >= 0 && tree->resource[first].align > gran ? tree->resource[first].align : gran;
    tree->resource[tree->resource_count++] = window;
}

/* Takes one resource out of the way of the others below 4 GiB: up, when one can go there, otherwise off. The largest. */
static void relieve(struct pci_tree *tree, const struct selection *selection, bool may_go_high)
{
    int largest = -1;

    for (unsigned i = 0; i < tree->resource_count; i++) {
        const struct pci_resource *resource = &tree->resource[i];

        if (!is_selected(tree, selection, i) || (may_go_high && !resource->is_64bit)) {
            continue;
        }
        if (largest < 0 || resource->bytes > tree->resource[largest].bytes) {
            largest = (int)i;
        }
    }
    if (largest >= 0 && may_go_high) {
        tree->resource[largest].is_high = true;
    } else if (largest >= 0) {
        tree->resource[largest].is_dropped = true;
        tree->dropped++;
    } else if (may_go_high) {
        relieve(tree, selection, false);
    }
}

static void place_in(struct pci_tree *tree, const struct selection *selection,
                     const struct pci_range *range, bool may_go_high)
{
    /* Each round takes one resource away, so the loop ends. */
    while (pack(tree, selection, range->base, range->end) == NO_ROOM) {
        relieve(tree, selection, may_go_high);
    }
}

static void place_root(struct pci_tree *tree, const struct pci_board *board, unsigned root)
{
    const unsigned memory = KIND_BIT(PCI_KIND_MEM) | KIND_BIT(PCI_KIND_PREF);
    struct selection io = {.parent = PCI_NO_PARENT, .root = root, .kinds = KIND_BIT(PCI_KIND_IO)};
    struct selection low = {.parent = PCI_NO_PARENT, .root = root, .kinds = memory};
    struct selection high = {
        .parent = PCI_NO_PARENT, .root = root, .kinds = memory, .is_high = true};

    place_in(tree, &io, &board->root[root].io, false);
    place_in(tree, &low, &board->root[root].mem32, true);
    place_in(tree, &high, &board->root[root].mem64, false);
}

/* A window that has moved up, or off, takes all that is behind the bridge along. */
static void place_window(struct pci_tree *tree, unsigned index)
{
    const struct pci_resource *window = &tree->resource[index];
    struct selection behind = {
        .parent = window->owner,
        .root = tree->function[window->owner].root,
        .kinds = KIND_BIT(window->kind),
    };

    if (!window->is_dropped) {
        (void)pack(tree, &behind, window->base, NO_ROOM - 1);
        return;
    }
    for (unsigned i = 0; i < tree->resource_count; i++) {
        if (is_selected(tree, &behind, i)) {
            tree->resource[i].is_dropped = true;
            tree->dropped++;
        }
    }
}

void pci_place(struct pci_tree *tree, const struct pci_board *board)
{
    unsigned first_window = tree->resource_count;

    for (unsigned i = tree->function_count; i-- > 0;) {
        for (unsigned kind = 0; tree->function[i].secondary != 0 && kind <= PCI_KIND_PREF; kind++) {
            add_window(tree, i, kind);
        }
    }
    for (unsigned i = 0; i < board->root_count; i++) {
        place_root(tree, board, i);
    }
    /* Windows were added leaves first: backwards is roots first. */
    for (unsigned i = tree->resource_count; i-- > first_window;) {
        place_window(tree, i);
    }
}
