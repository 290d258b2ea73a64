/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages for people: the frame of each, the index, the guest's functions. Nothing of the host is in them. */
#include "emu/app/suite/coverage_html.h"

#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--page:#fff;--text:#1c2024;--dim:#646b73;--line:#dfe3e8;"
    "--head:#f3f5f7;--bar:#e3e7eb;--full:#2e8b57;--part:#c98a00;--none:#c0392b;"
    "--miss:#fdecea;--gap:#fff4dc}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#15181b;--text:#e3e6e9;--dim:#98a1aa;"
    "--line:#30363c;--head:#1e2328;--bar:#2d343b;--full:#4caf7a;--part:#e0a838;"
    "--none:#ef7a6d;--miss:#3a2322;--gap:#372e1a}}\n"
    "body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--page);color:var(--text);"
    "font:15px/1.45 system-ui,sans-serif}\n"
    "h1{font-size:1.5rem;margin:0 0 .3rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}\n"
    "p{margin:.3rem 0;color:var(--dim);max-width:52rem}a{color:inherit}\n"
    ".tiles{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0}\n"
    ".tile{border:1px solid var(--line);border-radius:6px;padding:.6rem .9rem;min-width:9.5rem}\n"
    ".tile b{display:block;font-size:1.3rem}.tile span{color:var(--dim);font-size:.85rem}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}\n"
    "th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line);"
    "vertical-align:top}\n"
    "th{background:var(--head);font-weight:600;white-space:nowrap}\n"
    "td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}th.n{text-align:"
    "right}\n"
    "code,td.m{font:.85rem/1.5 ui-monospace,monospace}td.m{white-space:nowrap}\n"
    ".dim{color:var(--dim)}.never{color:var(--none);font-weight:600}\n"
    "tr.none td{background:var(--miss)}td.gap{background:var(--gap)}\n"
    "tr.field td{border-bottom-style:dotted;padding-top:.1rem;padding-bottom:.1rem}\n"
    "tr.field td.name{padding-left:1.8rem}tr.bank th{background:none;padding-top:1.1rem}\n"
    ".bar{display:inline-block;width:6rem;height:.6rem;margin-right:.5rem;background:var(--bar);"
    "border-radius:3px;overflow:hidden;vertical-align:baseline}\n"
    ".bar i{display:block;height:100%;background:var(--part)}.bar i.full{background:var(--full)}\n"
    "td.s{white-space:nowrap}\n";

void coverage_html_begin(FILE *file, const char *title)
{
    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
                file);
    coverage_html_text(file, title);
    (void)fprintf(file, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

void coverage_html_end(FILE *file)
{
    (void)fputs("</body>\n</html>\n", file);
}

void coverage_html_text(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<': (void)fputs("&lt;", file); break;
        case '>': (void)fputs("&gt;", file); break;
        case '&': (void)fputs("&amp;", file); break;
        case '"': (void)fputs("&quot;", file); break;
        default: (void)fputc((unsigned char)*text < 0x20 ? '?' : *text, file); break;
        }
    }
}

void coverage_html_share(FILE *file, const struct coverage_share *share)
{
    const unsigned permille = coverage_permille(share);

    if (share->total == 0) {
        (void)fputs("<td class=\"s dim\">&ndash;</td>", file);
        return;
    }
    (void)fprintf(file,
                  "<td class=\"s\"><span class=\"bar\"><i%s style=\"width:%u.%u%%\"></i></span>"
                  "%" PRIu64 " of %" PRIu64 "</td>",
                  permille == 1000 ? " class=\"full\"" : "", permille / 10, permille % 10,
                  share->touched, share->total);
}

void coverage_html_tile(FILE *file, const char *name, const struct coverage_share *share)
{
    const unsigned permille = coverage_permille(share);

    if (share->total == 0) return;
    (void)fprintf(file,
                  "<div class=\"tile\"><b>%u.%u %%</b>%s<br><span>%" PRIu64 " of %" PRIu64
                  "</span></div>\n",
                  permille / 10, permille % 10, name, share->touched, share->total);
}

/* ---- Index ---- */

static void put_device(FILE *file, const struct coverage_report *report, size_t index)
{
    const struct coverage_device *device = &report->model->devices[index];
    struct coverage_shares shares = {.registers = {0}};
    char page[COVERAGE_PAGE_NAME_BYTES];
    bool is_touched;

    coverage_count(device, &shares);
    coverage_page_name(report, index, page);
    is_touched = shares.registers.touched > 0 || shares.events.touched > 0 ||
                 shares.registers.total + shares.events.total == 0;
    (void)fprintf(file, "<tr%s><td><a href=\"%s\">", is_touched ? "" : " class=\"none\"", page);
    coverage_html_text(file, device->path);
    (void)fputs("</a></td><td class=\"dim\">", file);
    coverage_html_text(file, device->class);
    (void)fputs("</td>", file);
    coverage_html_share(file, &shares.registers);
    coverage_html_share(file, &shares.fields);
    coverage_html_share(file, &shares.events);
    (void)fputs("</tr>\n", file);
}

static void put_devices(FILE *file, const struct coverage_report *report)
{
    (void)fputs("<h2>Devices</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>Device</th>"
                "<th>Class</th><th>Registers</th><th>Fields</th><th>Events</th></tr></thead>\n"
                "<tbody>\n",
                file);
    for (size_t i = 0; i < report->model->device_count; i++) {
        put_device(file, report, i);
    }
    (void)fputs("</tbody>\n</table></div>\n", file);
}

static struct coverage_share functions_of(const struct coverage_guest *guest)
{
    struct coverage_share share = {.total = guest->function_count};

    for (size_t i = 0; i < guest->function_count; i++) {
        if (guest->functions[i].covered > 0) share.touched++;
    }
    return share;
}

static struct coverage_share lines_of(const struct coverage_guest *guest)
{
    struct coverage_share share = {.total = 0};

    for (size_t i = 0; i < guest->file_count; i++) {
        share.total += guest->files[i].line_count;
        for (size_t k = 0; k < guest->files[i].line_count; k++) {
            if (guest->files[i].lines[k].is_covered) share.touched++;
        }
    }
    return share;
}

static void put_guest(FILE *file, const struct coverage_report *report)
{
    (void)fprintf(file, "<h2>Guest</h2>\n<p>%" PRIu64 " bytes of code were executed%s.",
                  coverage_code_bytes(&report->model->code),
                  report->model->code.is_incomplete ? " at least: there was more than is kept"
                                                    : "");
    if (report->guest != NULL) {
        (void)fputs(" <a href=\"functions.html\">By function</a>; by line: "
                    "<code>genhtml guest.info</code>.",
                    file);
    }
    (void)fputs("</p>\n", file);
}

void coverage_write_index(const struct coverage_report *report, FILE *file)
{
    struct coverage_shares shares = {.registers = {0}};

    for (size_t i = 0; i < report->model->device_count; i++) {
        coverage_count(&report->model->devices[i], &shares);
    }
    coverage_html_begin(file, "Coverage");
    (void)fprintf(file, "<h1>Coverage</h1>\n<p>What %u run%s touched of the machine%s.</p>\n",
                  report->files, report->files == 1 ? " has" : "s have together",
                  report->guest != NULL ? ", and executed of the guest" : "");
    (void)fputs("<div class=\"tiles\">\n", file);
    coverage_html_tile(file, "registers touched", &shares.registers);
    coverage_html_tile(file, "registers read", &shares.read);
    coverage_html_tile(file, "writable ones written", &shares.written);
    coverage_html_tile(file, "fields exercised", &shares.fields);
    coverage_html_tile(file, "kinds of events", &shares.events);
    if (report->guest != NULL) {
        const struct coverage_share functions = functions_of(report->guest);
        const struct coverage_share lines = lines_of(report->guest);

        coverage_html_tile(file, "functions of the guest", &functions);
        coverage_html_tile(file, "lines of the guest", &lines);
    }
    (void)fputs("</div>\n<p>A field is exercised when it was read, or written, with two different "
                "values at least. Elements of an array count as one register.</p>\n",
                file);
    put_guest(file, report);
    put_devices(file, report);
    coverage_html_end(file);
}

/* ---- Functions ---- */

static void put_function(FILE *file, const struct coverage_guest *guest,
                         const struct coverage_function *function)
{
    const struct coverage_share share = {.touched = function->covered, .total = function->bytes};

    (void)fprintf(file, "<tr%s><td class=\"m\">", function->covered > 0 ? "" : " class=\"none\"");
    coverage_html_text(file, function->name);
    (void)fprintf(file, "</td><td class=\"m\">%" PRIx64 "</td>", function->addr);
    coverage_html_share(file, &share);
    (void)fputs("<td class=\"m dim\">", file);
    if (function->file != SIZE_MAX) {
        coverage_html_text(file, guest->files[function->file].path);
        (void)fprintf(file, ":%u", function->line);
    }
    (void)fputs("</td></tr>\n", file);
}

void coverage_write_functions(const struct coverage_report *report, FILE *file)
{
    const struct coverage_guest *guest = report->guest;
    const struct coverage_share functions = functions_of(guest);
    const struct coverage_share lines = lines_of(guest);

    coverage_html_begin(file, "Coverage: functions of the guest");
    (void)fputs("<p><a href=\"index.html\">Coverage</a></p>\n<h1>Functions of the guest</h1>\n"
                "<div class=\"tiles\">\n",
                file);
    coverage_html_tile(file, "functions", &functions);
    coverage_html_tile(file, "lines", &lines);
    (void)fputs("</div>\n<div class=\"wide\"><table>\n<thead><tr><th>Function</th><th>Address</th>"
                "<th>Bytes executed</th><th>Where</th></tr></thead>\n<tbody>\n",
                file);
    for (size_t i = 0; i < guest->function_count; i++) {
        put_function(file, guest, &guest->functions[i]);
    }
    (void)fputs("</tbody>\n</table></div>\n", file);
    coverage_html_end(file);
}
