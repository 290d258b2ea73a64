/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of `spacegray run`: one line each in the table of specs and one in the table of
 * setters, in the same order. */
#include "emu/app/run_options.h"

#include <assert.h>
#include <string.h>

#include "devices/apple/t2_boot.h"
#include "emu/app/parse.h"
#include "emu/app/timeline.h"
#include "emu/base/bits.h"
#include "emu/core/trace.h"
#include "emu/host/window.h"
#include "emu/machine/machine.h"

#define CODE_BUFFER_MIN (UINT64_C(4) << 20)
#define CODE_BUFFER_MAX (UINT64_C(1) << 30)
/* A screenshot takes the host longer than this takes the guest. */
#define EVERY_MIN        VTIME_MS(1)
#define SCALE_TEXT_BYTES 16
#define CUT_TEXT_BYTES   80

const struct option_spec run_option_specs[] = {
    {"kernel", "FILE", "boot a Linux kernel (bzImage, also memtest86+)"},
    {"initrd", "FILE", "give the kernel this initial RAM disk"},
    {"append", "TEXT", "command line for the kernel or image"},
    {"image", "FILE",
     "boot an ELF image: Multiboot 1, PVH or plain\nELF64, or a Multiboot 1 binary"},
    {"module", "FILE", "give the image this module (may be repeated)"},
    {"rom", "FILE", "use this firmware instead of the built-in one"},
    {"secure-boot", "POLICY",
     "none: any firmware runs; medium: it must be signed;\nfull: signed for this machine (default: "
     "the disk's,\nnone without a disk)"},
    {"rom-signature", "FILE", "signature of the firmware, or its ticket"},
    {"rom-key", "FILE", "trust this public key, too"},
    {"memory", "SIZE", "RAM, for example 512M or 32G (default 4G)"},
    {"dimms", "SOCKET=SIZE,...", "plug in these memory modules, for example\nA0=8G,B0=8G"},
    {"ecc", "on|off", "modules with check bits (default), or without"},
    {"flat-memory", NULL,
     "RAM that is simply there, without modules and memory\ncontrollers, for firmware that sets "
     "up none"},
    {"machine", "FILE", "memory modules, scrubbing and cores as in this file"},
    {"cores", "N", "processor cores (default 1)"},
    {"serial", "WHERE",
     "plug serial port 1 into stdio (default),\nfile:PATH, pty, unix:PATH, stdout, stderr or none"},
    {"debug-console", "WHERE", "same for output to port 0xe9 (default none)"},
    {"headless", NULL,
     "open no window, and start the guest's clock at\n2017-12-14 unless --rtc-base says otherwise"},
    {"no-window", NULL, "open no window"},
    {"scale", "HOW",
     "size of the picture in the window: fit (default),\n1:1, or percent of that, 10 to 400"},
    {"full-screen", NULL, "let the window cover the screen"},
    {"screenshot", "FILE[@TIME]",
     "write the picture to a PNG file at this virtual\ntime, or at the end (may be repeated)"},
    {"screenshot-every", "TIME:NAME",
     "write one each time this much virtual time passed;\n%d in NAME is its number, %t its time"},
    {"frame-log", "FILE",
     "write number, virtual time, size and hash of each\nnew picture to this file; - is standard "
     "output"},
    {"type", "TEXT[@TIME]",
     "type this on the keyboard, \\n for Enter, once the\nguest listens to it and is at rest, or "
     "at "
     "this\nvirtual time (may be repeated)"},
    {"input", "FILE", "press keys and move the mouse as this script says\n(may be repeated)"},
    {"until", "TIME", "stop at this virtual time, for example 500ms or\n5s, with exit status 4"},
    {"no-reboot", NULL, "end when the guest resets the machine"},
    {"pace", "HOW",
     "real: an idle guest waits as long as it believes;\nfree: it never waits (default: real at a "
     "terminal,\nand without --headless at a pipe, pty or socket)"},
    {"rtc-base", "SECONDS",
     "start the guest's clock at this time (seconds\nsince 1970 UTC) instead of the host's"},
    {"hash", NULL, "print the hash of everything that happened"},
    {"trace-tail", "N", "print the last N trace records at the end"},
    {"code-buffer", "SIZE", "memory for translated code per core, 4M to 1G"},
    {"disk", "DIR", "plug in this disk (made by spacegray disk create)"},
    {"disk-writes", "HOW",
     "keep (default), or discard: what the guest writes\nis gone after the run"},
    {"cache", "HOW",
     "writeback (default): a flush of the guest is one of\nthe host; none: past the host's page "
     "cache;\nunsafe: flushes do nothing"},
    {"password-file", "FILE", "unlock the disk's volume with the first line of this\nfile"},
    {"passphrase-file", "FILE", "the passphrase that the disk's sep.json is sealed\nwith"},
    {"t2-strict", "HOW",
     "when a driver breaks a rule of the T2: fatal\n(default, the controller is dead until reset),"
     "\nwarn (traced only) or panic (the run ends)"},
    {"fidelity", "HOW",
     "approximate (default): the disk takes its time;\nfunctional: a small constant"},
    {"power-cut", "TIME[,...]",
     "cut the power at this virtual time and end; with\n,copy=DIR instead copy the disk as the cut "
     "would\nleave it; ,seed=N chooses what survives (may be\nrepeated)"},
    {"fault", "SPEC",
     "plant this fault in memory (docs/faults.md), as in\n'dimm=2,row=0x12a,col=7,bits=1 at=3s' "
     "(may be\nrepeated)"},
    {"fault-campaign", "SPEC",
     "plant faults by chance: seed=N,rate=R[,...], R faults\nin a second of virtual time"},
    {"scrub", "HOW",
     "demand: what is corrected is written back; patrol:\nmemory is walked through; all "
     "(default); or off"},
    {"patrol-period", "TIME", "time of one walk, 1s or more (default 86400s)"},
    {"page-policy", "open|closed",
     "whether the memory controllers leave rows open\nbehind an access (default open)"},
    {"control", "PATH", "listen at this UNIX socket for commands as JSON\nlines (docs/control.md)"},
    {"trace", "DIR", "write what happens to this directory as a CTF trace\n(docs/trace.md)"},
    {"trace-filter", "FILTER", "only these events, for example 'nvme.*,gpu.*'"},
    {"record", "FILE",
     "record the run, for spacegray debug, which goes to\nany instant of it (docs/debugger.md)"},
    {"snapshot", "FILE@TIME",
     "save the whole machine to this file at this virtual\ntime (may be repeated)"},
    {"from", "FILE",
     "go on from this snapshot; its machine is the run's,\nonly what is around it can be chosen"},
    {"gdb", "WHERE",
     "wait for GDB before the first instruction, at tcp:PORT\nor unix:PATH (docs/gdb.md)"},
    {"debug", NULL,
     "open the debugger in this terminal at Ctrl-A d, or\n"
     "right Ctrl + D in the window, to go back from there;\n"
     "the disk is only read (docs/debugger-ui.md)"},
    {"test-device", NULL, "add the PCI device that guest tests use"},
    {.name = NULL},
};

static int set_kernel(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->kernel = value;
    return 0;
}

static int set_initrd(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->initrd = value;
    return 0;
}

static int set_append(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->command_line = value;
    return 0;
}

static int set_image(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->image = value;
    return 0;
}

static int set_module(struct run_options *options, const char *value, struct error *err)
{
    if (options->module_count == RUN_MODULES_MAX) {
        return error_usage(err, "--module: at most %d modules can be given", RUN_MODULES_MAX);
    }
    options->modules[options->module_count++] = value;
    return 0;
}

static int set_rom(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->rom = value;
    return 0;
}

static int set_secure_boot(struct run_options *options, const char *value, struct error *err)
{
    static const enum sep_boot_policy policies[] = {SEP_BOOT_NONE, SEP_BOOT_MEDIUM, SEP_BOOT_FULL};

    options->has_secure_boot = true;
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        options->secure_boot = policies[i];
        if (strcmp(value, t2_boot_policy_text(policies[i])) == 0) return 0;
    }
    return error_usage(err, "--secure-boot: '%s' is neither none nor medium nor full", value);
}

static int set_rom_signature(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->rom_signature = value;
    return 0;
}

static int set_rom_key(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->rom_key = value;
    return 0;
}

int run_options_memory(const char *value, uint64_t *bytes, struct error *err)
{
    if (parse_size("memory", value, bytes, err) != 0) return -1;
    if (*bytes < MACHINE_MEMORY_MIN || *bytes > MACHINE_MEMORY_MAX ||
        *bytes % (UINT64_C(1) << 20) != 0) {
        return error_usage(err, "--memory: %s is not possible: 16M to 256G, in whole MiB", value);
    }
    return 0;
}

int run_options_cores(const char *value, unsigned *cores, struct error *err)
{
    uint64_t number;

    if (parse_number("cores", value, 1, MACHINE_CORES_MAX, &number, err) != 0) return -1;
    *cores = (unsigned)number;
    return 0;
}

static int set_memory(struct run_options *options, const char *value, struct error *err)
{
    options->memory.bytes = 0;
    if (run_options_memory(value, &options->memory_bytes, err) != 0) return -1;
    options->memory.bytes = options->memory_bytes;
    return 0;
}

static int set_dimms(struct run_options *options, const char *value, struct error *err)
{
    return memory_options_dimms(&options->memory, value, err);
}

static int set_ecc(struct run_options *options, const char *value, struct error *err)
{
    return memory_options_ecc(&options->memory, value, err);
}

static int set_flat_memory(struct run_options *options, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->memory.is_flat = true;
    return 0;
}

static int set_machine(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->memory.machine_file = value;
    return 0;
}

static int set_cores(struct run_options *options, const char *value, struct error *err)
{
    options->has_cores = true;
    return run_options_cores(value, &options->cores, err);
}

static int set_serial(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->serial = value;
    return 0;
}

static int set_debug_console(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->debug_console = value;
    return 0;
}

static int set_headless(struct run_options *options, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->is_headless = true;
    return 0;
}

static int set_no_window(struct run_options *options, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->has_no_window = true;
    return 0;
}

static int set_scale(struct run_options *options, const char *value, struct error *err)
{
    char number[SCALE_TEXT_BYTES] = "";
    size_t bytes = strlen(value);
    uint64_t percent;

    options->has_scale = true;
    if (strcmp(value, "fit") == 0) {
        options->scale_percent = WINDOW_SCALE_FIT;
        return 0;
    }
    if (strcmp(value, "1:1") == 0) {
        options->scale_percent = WINDOW_SCALE_ONE;
        return 0;
    }
    if (bytes > 0 && value[bytes - 1] == '%') bytes--;
    if (bytes < sizeof(number)) memcpy(number, value, bytes);
    if (parse_number("scale", number, WINDOW_SCALE_MIN, WINDOW_SCALE_MAX, &percent, NULL) != 0) {
        return error_usage(err, "--scale: '%s' is not fit, 1:1 or a percentage from %u to %u",
                           value, WINDOW_SCALE_MIN, WINDOW_SCALE_MAX);
    }
    options->scale_percent = (unsigned)percent;
    return 0;
}

static int set_full_screen(struct run_options *options, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->is_full_screen = true;
    return 0;
}

/* A file name may hold an @, too: a time begins with a digit. */
static int set_screenshot(struct run_options *options, const char *value, struct error *err)
{
    const char *at = strrchr(value, '@');
    struct run_screenshot shot = {.text = value, .path_bytes = strlen(value), .when = VTIME_NEVER};

    if (options->screenshot_count == RUN_SCREENSHOTS_MAX) {
        return error_usage(err,
                           "--screenshot: at most %d can be asked for (see "
                           "--screenshot-every)",
                           RUN_SCREENSHOTS_MAX);
    }
    if (at != NULL && at[1] >= '0' && at[1] <= '9') {
        shot.path_bytes = (size_t)(at - value);
        if (parse_time("screenshot", at + 1, &shot.when, err) != 0) return -1;
    }
    if (shot.path_bytes >= TIMELINE_PATH_BYTES) {
        return error_usage(err, "--screenshot: the file's name is too long");
    }
    if (shot.path_bytes == 0) return error_usage(err, "--screenshot: '%s' names no file", value);
    options->screenshots[options->screenshot_count++] = shot;
    return 0;
}

static int set_screenshot_every(struct run_options *options, const char *value, struct error *err)
{
    const char *colon = strchr(value, ':');
    char path[TIMELINE_PATH_BYTES];
    char time[TIME_TEXT_BYTES] = {0};

    if (colon == NULL || (size_t)(colon - value) >= sizeof(time)) {
        return error_usage(err, "--screenshot-every: '%s' is not TIME:NAME, as in 100ms:%%t.png",
                           value);
    }
    memcpy(time, value, (size_t)(colon - value));
    if (parse_time("screenshot-every", time, &options->every, err) != 0) return -1;
    if (options->every < EVERY_MIN) {
        return error_usage(err, "--screenshot-every: %s is too often: 1ms or more", time);
    }
    options->every_pattern = colon + 1;
    return timeline_name(options->every_pattern, 1, options->every, path, err);
}

static int set_frame_log(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->frame_log = value;
    return 0;
}

/* What stands behind the last @ is text when it is no time. */
static int set_type(struct run_options *options, const char *value, struct error *err)
{
    const char *at = strrchr(value, '@');
    struct run_text text = {.text = value, .bytes = strlen(value), .when = VTIME_NEVER};

    if (options->text_count == RUN_TEXTS_MAX) {
        return error_usage(err, "--type: at most %d texts can be given (see --input)",
                           RUN_TEXTS_MAX);
    }
    if (at != NULL && parse_time("type", at + 1, &text.when, NULL) == 0) {
        text.bytes = (size_t)(at - value);
    } else {
        text.when = VTIME_NEVER;
    }
    options->texts[options->text_count++] = text;
    return 0;
}

static int set_input(struct run_options *options, const char *value, struct error *err)
{
    if (options->input_count == RUN_INPUTS_MAX) {
        return error_usage(err, "--input: at most %d scripts can be given", RUN_INPUTS_MAX);
    }
    options->inputs[options->input_count++] = value;
    return 0;
}

static int set_until(struct run_options *options, const char *value, struct error *err)
{
    return parse_time("until", value, &options->until, err);
}

static int set_no_reboot(struct run_options *options, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->is_no_reboot = true;
    return 0;
}

static int set_pace(struct run_options *options, const char *value, struct error *err)
{
    if (strcmp(value, "real") == 0) {
        options->pace = RUN_PACE_REAL;
    } else if (strcmp(value, "free") == 0) {
        options->pace = RUN_PACE_FREE;
    } else {
        return error_usage(err, "--pace: '%s' is neither real nor free", value);
    }
    return 0;
}

static int set_rtc_base(struct run_options *options, const char *value, struct error *err)
{
    options->has_rtc_base = true;
    return parse_signed("rtc-base", value, &options->rtc_base, err);
}

static int set_hash(struct run_options *options, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->shows_hash = true;
    return 0;
}

static int set_trace_tail(struct run_options *options, const char *value, struct error *err)
{
    return parse_number("trace-tail", value, 1, TRACE_RING_RECORDS, &options->trace_tail, err);
}

static int set_code_buffer(struct run_options *options, const char *value, struct error *err)
{
    if (parse_size("code-buffer", value, &options->code_buffer_bytes, err) != 0) return -1;
    if (options->code_buffer_bytes < CODE_BUFFER_MIN ||
        options->code_buffer_bytes > CODE_BUFFER_MAX) {
        return error_usage(err, "--code-buffer: %s is not possible: 4M to 1G", value);
    }
    return 0;
}

static int set_disk(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->disk = value;
    return 0;
}

/* Index of `value` among `names`; -1 with `err`. */
static int choose(const char *option, const char *value, const char *const names[],
                  struct error *err)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(value, names[i]) == 0) return i;
    }
    return names[2] == NULL ? error_usage(err, "--%s: '%s' is neither %s nor %s", option, value,
                                          names[0], names[1])
                            : error_usage(err, "--%s: '%s' is none of %s, %s and %s", option, value,
                                          names[0], names[1], names[2]);
}

static int set_disk_writes(struct run_options *options, const char *value, struct error *err)
{
    static const char *const names[] = {"keep", "discard", NULL};
    const int found = choose("disk-writes", value, names, err);

    options->disk_is_temporary = found == 1;
    return found < 0 ? -1 : 0;
}

static int set_cache(struct run_options *options, const char *value, struct error *err)
{
    static const char *const names[] = {
        [DISK_CACHE_WRITEBACK] = "writeback",
        [DISK_CACHE_NONE] = "none",
        [DISK_CACHE_UNSAFE] = "unsafe",
        NULL,
    };
    const int found = choose("cache", value, names, err);

    options->disk_cache = (enum disk_cache)found;
    return found < 0 ? -1 : 0;
}

static int set_password_file(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->password_file = value;
    return 0;
}

static int set_passphrase_file(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->passphrase_file = value;
    return 0;
}

static int set_t2_strict(struct run_options *options, const char *value, struct error *err)
{
    static const char *const names[] = {
        [MACHINE_T2_FATAL] = "fatal",
        [MACHINE_T2_WARN] = "warn",
        [MACHINE_T2_PANIC] = "panic",
        NULL,
    };
    const int found = choose("t2-strict", value, names, err);

    options->t2_strict = (enum machine_t2_strict)found;
    return found < 0 ? -1 : 0;
}

static int set_fidelity(struct run_options *options, const char *value, struct error *err)
{
    static const char *const names[] = {
        [MACHINE_FIDELITY_APPROXIMATE] = "approximate",
        [MACHINE_FIDELITY_FUNCTIONAL] = "functional",
        NULL,
    };
    const int found = choose("fidelity", value, names, err);

    options->fidelity = (enum machine_fidelity)found;
    return found < 0 ? -1 : 0;
}

/* The copy's name comes last: it may have commas in it. */
static int set_power_cut(struct run_options *options, const char *value, struct error *err)
{
    static const char seed_is[] = ",seed=";
    static const char copy_is[] = ",copy=";
    const char *copy = strstr(value, copy_is);
    struct run_cut cut = {.copy = copy != NULL ? copy + strlen(copy_is) : NULL};
    size_t bytes = copy != NULL ? (size_t)(copy - value) : strlen(value);
    char head[CUT_TEXT_BYTES] = "";
    char *seed;

    if (options->cut_count == RUN_CUTS_MAX) {
        return error_usage(err, "--power-cut: at most %d can be given", RUN_CUTS_MAX);
    }
    if (bytes < sizeof(head)) memcpy(head, value, bytes);
    seed = strstr(head, seed_is);
    if (seed != NULL) {
        *seed = '\0';
        if (parse_number("power-cut", seed + strlen(seed_is), 0, UINT64_MAX, &cut.seed, err) != 0) {
            return -1;
        }
    }
    if (cut.copy != NULL && *cut.copy == '\0') {
        return error_usage(err, "--power-cut: '%s' names no directory for the copy", value);
    }
    if (parse_time("power-cut", head, &cut.when, err) != 0) return -1;
    options->cuts[options->cut_count++] = cut;
    return 0;
}

static int set_fault(struct run_options *options, const char *value, struct error *err)
{
    struct error trouble = ERROR_INIT;

    if (options->fault_count == RUN_FAULTS_MAX) {
        return error_usage(err, "--fault: at most %d can be given (see --fault-campaign)",
                           RUN_FAULTS_MAX);
    }
    if (fault_spec_parse(value, &options->faults[options->fault_count], &trouble) != 0) {
        return error_usage(err, "--fault: %s", trouble.text);
    }
    options->fault_count++;
    return 0;
}

static int set_fault_campaign(struct run_options *options, const char *value, struct error *err)
{
    if (options->has_campaign)
        return error_usage(err, "--fault-campaign: one at most can be given");
    options->has_campaign = true;
    return fault_campaign_parse(value, &options->campaign, err);
}

static int set_scrub(struct run_options *options, const char *value, struct error *err)
{
    return memory_options_scrub(&options->memory, value, err);
}

static int set_patrol_period(struct run_options *options, const char *value, struct error *err)
{
    return memory_options_patrol(&options->memory, value, err);
}

static int set_page_policy(struct run_options *options, const char *value, struct error *err)
{
    options->is_closed_page = strcmp(value, "closed") == 0;
    if (options->is_closed_page || strcmp(value, "open") == 0) return 0;
    return error_usage(err, "--page-policy: '%s' is neither open nor closed", value);
}

static int set_control(struct run_options *options, const char *value, struct error *err)
{
    if (*value == '\0') return error_usage(err, "--control: the path of the socket is missing");
    options->control = value;
    return 0;
}

static int set_trace(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->trace = value;
    return 0;
}

static int set_trace_filter(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->trace_filter = value;
    return 0;
}

static int set_record(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->record = value;
    return 0;
}

static int set_gdb(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->gdb = value;
    return 0;
}

static int set_from(struct run_options *options, const char *value, struct error *err)
{
    (void)err;
    options->from = value;
    return 0;
}

static int set_snapshot(struct run_options *options, const char *value, struct error *err)
{
    const char *at = strrchr(value, '@');
    struct run_screenshot snapshot = {.text = value};

    if (options->snapshot_count == RUN_SNAPSHOTS_MAX) {
        return error_usage(err, "--snapshot: at most %d can be asked for", RUN_SNAPSHOTS_MAX);
    }
    if (at == NULL || at == value) {
        return error_usage(err, "--snapshot: '%s' is not FILE@TIME, as in boot.sgs@2s", value);
    }
    snapshot.path_bytes = (size_t)(at - value);
    if (parse_time("snapshot", at + 1, &snapshot.when, err) != 0) return -1;
    options->snapshots[options->snapshot_count++] = snapshot;
    return 0;
}

static int set_debug(struct run_options *options, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->is_debugged = true;
    return 0;
}

static int set_test_device(struct run_options *options, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->has_test_device = true;
    return 0;
}

typedef int (*option_setter)(struct run_options *options, const char *value, struct error *err);

static const option_setter setters[] = {
    set_kernel,
    set_initrd,
    set_append,
    set_image,
    set_module,
    set_rom,
    set_secure_boot,
    set_rom_signature,
    set_rom_key,
    set_memory,
    set_dimms,
    set_ecc,
    set_flat_memory,
    set_machine,
    set_cores,
    set_serial,
    set_debug_console,
    set_headless,
    set_no_window,
    set_scale,
    set_full_screen,
    set_screenshot,
    set_screenshot_every,
    set_frame_log,
    set_type,
    set_input,
    set_until,
    set_no_reboot,
    set_pace,
    set_rtc_base,
    set_hash,
    set_trace_tail,
    set_code_buffer,
    set_disk,
    set_disk_writes,
    set_cache,
    set_password_file,
    set_passphrase_file,
    set_t2_strict,
    set_fidelity,
    set_power_cut,
    set_fault,
    set_fault_campaign,
    set_scrub,
    set_patrol_period,
    set_page_policy,
    set_control,
    set_trace,
    set_trace_filter,
    set_record,
    set_snapshot,
    set_from,
    set_gdb,
    set_debug,
    set_test_device,
};

static_assert(ARRAY_LEN(setters) + 1 == ARRAY_LEN(run_option_specs), "one setter for each option");
static_assert(ARRAY_LEN(setters) <= OPTIONS_MAX, "options.c has room for so many");

enum run_parsed run_options_parse(const struct command *command, int argc, char **argv,
                                  struct run_options *options, struct error *err)
{
    struct option_reader reader;

    *options = (struct run_options){
        .memory_bytes = RUN_MEMORY_DEFAULT,
        .cores = 1,
        .serial = "stdio",
        .debug_console = "none",
        .until = VTIME_NEVER,
        .pace = RUN_PACE_AUTO,
    };
    option_reader_init(&reader, command, argc, argv);
    for (;;) {
        const char *value;
        int found = option_next(&reader, &value, err);

        if (found == OPTIONS_HELP) return RUN_PARSED_HELP;
        if (found == OPTIONS_ERROR) return RUN_PARSED_ERROR;
        if (found == OPTIONS_END) break;
        if (setters[found](options, value, err) != 0) return RUN_PARSED_ERROR;
    }
    const char *argument = option_argument(&reader);
    if (!argument) return RUN_PARSED;
    (void)error_usage(err, "unexpected argument '%s' (see spacegray run --help)", argument);
    return RUN_PARSED_ERROR;
}

static int check_faults(const struct run_options *options, const struct memory_setup *setup,
                        struct error *err)
{
    if (setup->is_flat && (options->fault_count > 0 || options->has_campaign)) {
        return error_usage(err,
                           "--flat-memory has no modules, and faults are faults of modules: leave "
                           "one of them out");
    }
    if (setup->is_flat && options->is_closed_page) {
        return error_usage(err, "--flat-memory is memory without modules: leave --page-policy out");
    }
    for (size_t i = 0; i < options->fault_count; i++) {
        struct error trouble = ERROR_INIT;

        if (fault_spec_check(&options->faults[i], &setup->dimms, &trouble) == 0) continue;
        return error_usage(err, "--fault: %s", trouble.text);
    }
    return 0;
}

int run_options_resolve(struct run_options *options, struct memory_setup *setup, struct error *err)
{
    if (memory_options_resolve(&options->memory, RUN_MEMORY_DEFAULT, setup, err) != 0) return -1;
    options->memory_bytes = setup->bytes;
    if (!options->has_cores && setup->cores != 0) options->cores = setup->cores;
    return check_faults(options, setup, err);
}
