/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame around the panes: rows of titles, lines between slots, the row that says where the machine is. */
#pragma once

#include "emu/debug/tui/tui_internal.h"

void titles_draw(struct tui *tui);
void titles_draw_status(struct tui *tui);
/* The pane whose title is at column `x` of the sheet; the slot's top one when none is. */
enum pane_id titles_pane_at(const struct layout_slot *slot, int x);
