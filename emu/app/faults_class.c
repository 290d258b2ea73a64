/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of runs: see faults_class.h. The interval is E. B. Wilson's (Journal of the American Statistical
 * Association 22, 1927): unlike the textbook one it stays between 0 and 1, and says something when a
 * class came never or always.
 */
#include "emu/app/faults_class.h"

#include <math.h>

#define NORMAL_95 1.959963984540054 /* quantile 0.975 of the standard normal distribution */

static bool has_finished(const struct faults_facts *golden, const struct faults_facts *facts)
{
    return facts->end == golden->end &&
           (facts->end != FAULTS_END_EXIT || facts->status == golden->status);
}

enum faults_class faults_classify(const struct faults_facts *golden,
                                  const struct faults_facts *facts)
{
    const bool is_finished = has_finished(golden, facts);

    if (facts->errors.uncorrected > 0) return is_finished ? FAULTS_RECOVERED : FAULTS_FATAL;
    if (facts->end == FAULTS_END_TIMEOUT || facts->end == FAULTS_END_DEAD) return FAULTS_HANG;
    if (!is_finished || !facts->is_result_equal) return FAULTS_SILENT;
    return facts->errors.corrected > 0 ? FAULTS_CORRECTED : FAULTS_MASKED;
}

const char *faults_class_name(enum faults_class class)
{
    static const char *const names[FAULTS_CLASSES] = {
        [FAULTS_MASKED] = "masked",
        [FAULTS_CORRECTED] = "corrected",
        [FAULTS_RECOVERED] = "detected-recovered",
        [FAULTS_FATAL] = "detected-fatal",
        [FAULTS_SILENT] = "silent-corruption",
        [FAULTS_HANG] = "hang",
        [FAULTS_CRASH] = "emulator-crash",
    };

    return class < FAULTS_CLASSES ? names[class] : "?";
}

const char *faults_end_name(enum faults_end end)
{
    static const char *const names[FAULTS_ENDS] = {
        [FAULTS_END_TEXT] = "text",           [FAULTS_END_EXIT] = "exit",
        [FAULTS_END_POWER_OFF] = "power-off", [FAULTS_END_RESET] = "reset",
        [FAULTS_END_PANIC] = "panic",         [FAULTS_END_T2_PANIC] = "t2-panic",
        [FAULTS_END_DEAD] = "dead",           [FAULTS_END_TIMEOUT] = "timeout",
    };

    return end < FAULTS_ENDS ? names[end] : "?";
}

void faults_interval(uint64_t count, uint64_t total, double *low, double *high)
{
    const double square = NORMAL_95 * NORMAL_95;
    const double n = (double)total;
    const double share = total > 0 ? (double)count / n : 0;
    double centre;
    double half;

    *low = 0;
    *high = 1;
    if (total == 0) return;
    centre = (share + square / (2 * n)) / (1 + square / n);
    half = NORMAL_95 / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n));
    if (count > 0) *low = centre - half;
    if (count < total) *high = centre + half;
}
