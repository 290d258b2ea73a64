/* SPDX-License-Identifier: GPL-2.0-only */
/* What `spacegray run` is asked to do. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/apple/sep_keys.h"
#include "emu/app/fault_campaign.h"
#include "emu/app/fault_spec.h"
#include "emu/app/memory_options.h"
#include "emu/app/options.h"
#include "emu/disk/disk.h"
#include "emu/machine/machine.h"

#define RUN_MODULES_MAX     60
#define RUN_SCREENSHOTS_MAX 256
#define RUN_TEXTS_MAX       32
#define RUN_INPUTS_MAX      8
#define RUN_SNAPSHOTS_MAX   16
#define RUN_CUTS_MAX        512
#define RUN_FAULTS_MAX      1024
#define RUN_MEMORY_DEFAULT  (UINT64_C(4) << 30)
/* With --headless the guest's clock starts here, so that such runs repeat: 2017-12-14 00:00:00 UTC,
 * the day on which the real machine went on sale. */
#define RUN_RTC_HEADLESS INT64_C(1513209600)

enum run_pace {
    RUN_PACE_AUTO, /* real when a person types at the serial port, else free */
    RUN_PACE_REAL,
    RUN_PACE_FREE,
};

/* --screenshot FILE[@TIME] */
struct run_screenshot {
    const char *text;  /* begins with the file's name */
    size_t path_bytes; /* its length */
    uint64_t when;     /* virtual time in ps; UINT64_MAX: the end of the run */
};

/* --type TEXT[@TIME] */
struct run_text {
    const char *text;
    size_t bytes;
    uint64_t when; /* virtual time in ps; UINT64_MAX: when the guest listens to its keyboard */
};

/* --power-cut TIME[,seed=N][,copy=DIR] */
struct run_cut {
    uint64_t when; /* virtual time in ps */
    uint64_t seed;
    const char *copy; /* directory to make; NULL: the run ends with it */
};

/* Strings are borrowed from the command line. */
struct run_options {
    const char *kernel;
    const char *initrd;
    const char *image;
    const char *modules[RUN_MODULES_MAX];
    const char *module_names[RUN_MODULES_MAX]; /* what the guest is told; NULL: the file's name */
    size_t module_count;
    const char *command_line;
    const char *rom; /* NULL: the built-in firmware */
    bool has_secure_boot;
    enum sep_boot_policy secure_boot; /* what may run as firmware */
    const char *rom_signature;        /* its signature or ticket; NULL: none */
    const char *rom_key;              /* a public key that is trusted, too; NULL: none */
    struct memory_options memory;
    uint64_t
        memory_bytes; /* the default, unless --memory is given; run_options_resolve() sets it */
    unsigned cores;
    bool has_cores;
    const char *serial;
    const char *debug_console;
    bool is_headless;
    bool has_test_device;
    bool is_no_reboot;
    bool has_rtc_base;
    int64_t rtc_base; /* seconds since 1970-01-01 UTC */
    uint64_t until;   /* virtual time in ps; UINT64_MAX: no limit */
    enum run_pace pace;
    bool shows_hash;
    uint64_t trace_tail;        /* records to show at the end */
    uint64_t code_buffer_bytes; /* 0: default */
    bool has_no_window;
    bool has_scale;
    unsigned scale_percent; /* as in window.h */
    bool is_full_screen;
    struct run_screenshot screenshots[RUN_SCREENSHOTS_MAX];
    size_t screenshot_count;
    uint64_t every;            /* virtual time between screenshots in ps; 0: none */
    const char *every_pattern; /* their names (timeline.h) */
    struct run_text texts[RUN_TEXTS_MAX];
    size_t text_count;
    const char *inputs[RUN_INPUTS_MAX]; /* input scripts */
    size_t input_count;
    bool is_closed_page;
    const char *control; /* path of the socket; NULL: none */
    const char *trace;   /* directory to make; NULL: none */
    const char *trace_filter;
    const char *record;                                 /* file; NULL: none */
    const char *from;                                   /* snapshot to go on from; NULL: power-on */
    struct run_screenshot snapshots[RUN_SNAPSHOTS_MAX]; /* they have a time */
    size_t snapshot_count;
    const char *gdb;       /* where it listens; NULL: nowhere */
    bool is_debugged;      /* the run can go back, at a key */
    const char *frame_log; /* file or "-"; NULL: none */
    const char *disk;      /* directory; NULL: none */
    bool disk_is_temporary;
    enum disk_cache disk_cache;
    const char *password_file;   /* of the volume */
    const char *passphrase_file; /* of sep.json */
    enum machine_t2_strict t2_strict;
    enum machine_fidelity fidelity;
    struct run_cut cuts[RUN_CUTS_MAX];
    size_t cut_count;
    struct fault_spec faults[RUN_FAULTS_MAX]; /* --fault */
    size_t fault_count;
    bool has_campaign;
    struct fault_campaign campaign; /* --fault-campaign */
};

enum run_parsed {
    RUN_PARSED,
    RUN_PARSED_HELP,
    RUN_PARSED_ERROR,
};

extern const struct option_spec run_option_specs[];

/* Reads `argv` (argv[0] is "run") into `options`. Checks each value by itself; whether they go
 * together is checked where they are used. */
enum run_parsed run_options_parse(const struct command *command, int argc, char **argv,
                                  struct run_options *options, struct error *err);

/* What of the options needs each other or a machine file: memory and its faults. Sets `memory_bytes`
 * and `cores` to what the machine has. -1 with `err`. */
int run_options_resolve(struct run_options *options, struct memory_setup *setup,
                        struct error *err) MUST_CHECK;

/* Values that other commands take, too. */
int run_options_memory(const char *value, uint64_t *bytes, struct error *err) MUST_CHECK;
int run_options_cores(const char *value, unsigned *cores, struct error *err) MUST_CHECK;
