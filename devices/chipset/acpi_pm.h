/* SPDX-License-Identifier: GPL-2.0-only */
/* ACPI power management: PM1 events, PM timer, general-purpose events, sleep. Facts:
 * docs/hardware/acpi-pm.md. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct device;
struct device_class;
struct irq_line;

/* Values of SLP_TYP, for the firmware's \_S0 and \_S5. Written with SLP_EN, the second one turns
 * the machine off. */
#define ACPI_PM_SLP_TYP_S0 0
#define ACPI_PM_SLP_TYP_S5 7

/* The PM timer has 24 bits: the FADT's TMR_VAL_EXT flag must be 0. There is no SMI command port:
 * SMI_CMD must be 0, which says that the machine is in ACPI mode from the start (SCI_EN reads 1).
 */
#define ACPI_PM_TIMER_BITS 24

#define ACPI_PM_GPE_COUNT 128

struct acpi_pm_config {
    uint16_t port; /* first of 128 I/O ports */
    /* The guest entered S5. Called from inside its register write; NULL: nothing happens. */
    void (*power_off)(void *ctx);
    void *ctx;
};

extern const struct device_class acpi_pm_class;

/* The system control interrupt: level, active high. */
struct irq_line *acpi_pm_sci(struct device *device);
/* A short press of the power button: sets PWRBTN_STS. */
void acpi_pm_power_button(struct device *device);
/* An irq_sink for the alarm of the real-time clock (mc146818_alarm): `ctx` is the struct device;
 * a rising level sets RTC_STS. */
void acpi_pm_rtc_in(void *ctx, unsigned input, bool level);
/* General-purpose event `gpe` (below ACPI_PM_GPE_COUNT) happened: sets its status bit, which
 * stays until the guest clears it. */
void acpi_pm_raise_gpe(struct device *device, unsigned gpe);
