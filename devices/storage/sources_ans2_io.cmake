# SPDX-License-Identifier: GPL-2.0-only
set(sources_ans2_io ans2_cut.c ans2_data.c ans2_io.c ans2_prp.c)
