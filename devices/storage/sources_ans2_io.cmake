# SPDX-License-Identifier: GPL-2.0-only
set(sources_ans2_io)
