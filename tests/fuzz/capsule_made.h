/* SPDX-License-Identifier: GPL-2.0-only */
/* Archives in memory, as capsules are, from small members. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/app/suite/capsule_manifest.h"

#define CAPSULE_MADE_ROOM ((size_t)1 << 20)

/* Of a failed test with these many bytes of recording and text, and the firmware of this program. */
void capsule_made_manifest(struct capsule_manifest *manifest, const uint8_t *data, size_t bytes);
/* The tar archive of what `manifest` says, not packed; returns its length. `tar` has room for CAPSULE_MADE_ROOM. */
size_t capsule_made_tar(const struct capsule_manifest *manifest, const uint8_t *data, size_t bytes,
                        uint8_t *tar);
/* A file in memory with the tar archive, packed: its descriptor. */
int capsule_made_file(const uint8_t *tar, size_t bytes);
