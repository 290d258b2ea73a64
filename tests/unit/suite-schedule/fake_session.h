/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine that is a number. Each step of a test is a word in `name`:
 *
 *   add             the number grows by one
 *   is N            the number is N, or the test fails
 *   pass            nothing
 *   work MS         the processor is busy for so long
 *   sleep MS        it is not
 *   fail            fails
 *   fail-once PATH  fails when there is no such file, and makes it
 *   fail-later PATH, fail-then-hang PATH   passes, or fails, when there is no such file, and makes it; then fails, or hangs
 *   crash, abort, stack, exit   what the process dies of
 *   kill            SIGKILL, as from the host
 *   kill-parent     SIGKILL to the process that stands in front of it
 *   hang            for ever
 *   eat             memory, until there is none
 *   fill            the scratch folder, until the host's disk is full
 *   log PATH        the test's name is added to the file
 *
 * A recording is a text with the tests' names.
 */
#pragma once

/* Kinds of all steps of the fake. */
#define FAKE_STEP SUITE_WAIT
