#include "recorder/archive_command.h"

#include <stdio.h>
#include <string.h>

#include "recorder/archive_request.h"
#include "recorder/archive_show.h"
#include "recorder/export_command.h"
#include "recorder/fill_command.h"
#include "recorder/fill_give.h"
#include "recorder/fill_take.h"
#include "recorder/lock_command.h"
#include "recorder/moment.h"
#include "recorder/serve_command.h"
#include "recorder/volume_watch.h"

/* One that sleeps may have to start its disks. */
#define ANSWER_MS 15000

static const char help[] =
    "usage: understudy-recorder archive VERB VOLUME_DIR... [option ...]\n"
    "\n"
    "Reads the volumes alone; no server need be up. As `understudy archive` it takes a deployment "
    "as "
    "well: it stands\n"
    "for those of its volumes that are on this machine. Of all volumes together\n"
    "  list     shows what was recorded of each camera, by whom, under which epoch, on which "
    "volume\n"
    "  gaps     shows what nobody recorded (longer than 0.5 s), and what two servers did\n"
    "  play     plays a range across its writers, on the screen or (-o -) to standard output\n"
    "  export   writes a range into one file, without re-encoding, from a keyframe on, and "
    "FILE.json beside it\n"
    "  key      makes a key to sign exports with:  archive key -o KEY  writes KEY and KEY.pub\n"
    "  verify   tells whether every segment is whole: bytes and SHA-256 against the index, both "
    "ways\n"
    "  fill     copies what a standby recorded to the volume of the main (R34)\n"
    "  give     the standby's half of a fill over the link between two nodes, which start it,\n"
    "  take     and the main's half\n"
    "  lock     keeps an incident from being deleted, until it is unlocked\n"
    "  unlock   lets it be deleted again\n"
    "  serve    shows it all in the browser, on http://127.0.0.1:7480/\n"
    "\n"
    "  --camera NAME     only this camera\n"
    "  --from TIME       only from then on: 2026-11-23T20:45:12.345Z, without fractions, or a date "
    "alone. With gaps,\n"
    "  --to TIME         and until then     what is missing at such a bound is a gap too\n"
    "  --json            one JSON object (list, gaps, verify, fill)\n"
    "  --fail            gaps: exit code 1 if there is a gap, or nothing at all\n"
    "  --journal FILE    gaps: also why, from what `understudy journal show --json` printed of "
    "each "
    "node; `-`: standard input\n"
    "  --repair          verify: the index is made anew from what lies on the volume\n"
    "  -o FILE           export: FILE.mp4, .mkv or .ts; play: `-` for an MPEG-TS on standard "
    "output\n"
    "  --sign KEY        export: signs FILE.json with a key made by `archive key`\n"
    "  --check           export: are FILE (-o) and its FILE.json what was exported? With --key "
    "KEY.pub, by whom\n"
    "  --server NAME     fill: only what this standby recorded\n"
    "  --into DIR        fill: the main's volume; all other volumes are read\n"
    "  --rate MBIT       fill: Mbit/s at most, 80 if not given\n"
    "  --main NAME       fill: only what was recorded of this main's cameras\n"
    "  --volume NAME     fill: nothing is written unless --into is this volume\n"
    "  --background      fill: at low priority, and not again what once arrived (as a node does it "
    "after a return)\n"
    "  --reason TEXT     lock: why, for people\n"
    "  --listen ADDRESS  serve: 127.0.0.1 if not given; whoever reaches another address sees all "
    "of it\n"
    "  --port PORT       serve: 7480 if not given\n"
    "\n"
    "Times are UTC. A segment that is being written counts as far as it has come. Where two "
    "servers recorded the\n"
    "same time, the higher epoch is shown.\n"
    "Exit codes: 0 all well, 1 something is wrong in the archive, 2 wrong command line, 3 the "
    "system failed.\n";

static const struct {
    const char *text;
    bool valued;
} options[] = {
#define X(symbol, text, valued) {text, valued},
    ARCHIVE_OPTIONS(X)
#undef X
};

#define BIT(option) (1u << (option))
#define RANGE       (BIT(OPTION_CAMERA) | BIT(OPTION_FROM) | BIT(OPTION_TO))
_Static_assert(OPTION_COUNT <= 32, "a verb's options are bits");

static const struct {
    const char *name;
    unsigned allowed;
    bool without_volumes;
    int (*run)(const struct archive_request *request);
} verbs[] = {
    {"list", RANGE | BIT(OPTION_JSON), false, archive_list},
    {"gaps", RANGE | BIT(OPTION_JSON) | BIT(OPTION_FAIL) | BIT(OPTION_JOURNAL), false,
     archive_gaps},
    {"verify", RANGE | BIT(OPTION_JSON) | BIT(OPTION_REPAIR), false, archive_verify},
    {"play", RANGE | BIT(OPTION_OUTPUT), false, export_play},
    {"export", RANGE | BIT(OPTION_OUTPUT) | BIT(OPTION_SIGN) | BIT(OPTION_CHECK) | BIT(OPTION_KEY),
     true, export_command},
    {"key", BIT(OPTION_OUTPUT), true, export_key},
    {"fill",
     RANGE | BIT(OPTION_SERVER) | BIT(OPTION_INTO) | BIT(OPTION_RATE) | BIT(OPTION_JSON) |
         BIT(OPTION_MAIN) | BIT(OPTION_VOLUME) | BIT(OPTION_BACKGROUND),
     false, fill_command},
    {"give", BIT(OPTION_SERVER) | BIT(OPTION_MAIN) | BIT(OPTION_JSON), false, fill_give_command},
    {"take",
     BIT(OPTION_SERVER) | BIT(OPTION_MAIN) | BIT(OPTION_INTO) | BIT(OPTION_VOLUME) |
         BIT(OPTION_RATE) | BIT(OPTION_JSON),
     true, fill_take_command},
    {"lock", RANGE | BIT(OPTION_REASON), false, lock_command},
    {"unlock", RANGE, false, lock_command},
    {"serve", BIT(OPTION_LISTEN) | BIT(OPTION_PORT), false, serve_command}};

static int find_option(const char *word)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strcmp(word, options[i].text) == 0)
            return i;
    return -1;
}

static int parse_times(struct archive_request *request)
{
    const char *from = request->given[OPTION_FROM], *to = request->given[OPTION_TO];

    request->filter = (struct archive_filter){
        .camera_name = request->given[OPTION_CAMERA], .from_ms = INT64_MIN, .to_ms = INT64_MAX};
    if (from != NULL && !moment_parse(from, &request->filter.from_ms))
        return archive_usage("a time looks like 2026-11-23T20:45:12Z (UTC), not like", from);
    if (to != NULL && !moment_parse(to, &request->filter.to_ms))
        return archive_usage("a time looks like 2026-11-23T20:45:12Z (UTC), not like", to);
    if (request->filter.from_ms >= request->filter.to_ms)
        return archive_usage("--from must be before --to", NULL);
    return 0;
}

/* Volumes are moved to the front of `arguments`. 0, or the exit code. */
static int parse(struct archive_request *request, unsigned allowed, int count, char **arguments)
{
    *request = (struct archive_request){.verb = arguments[0], .volumes = arguments};
    for (int i = 1; i < count; i++) {
        int option = find_option(arguments[i]);

        if (option < 0 && arguments[i][0] == '-')
            return archive_usage("there is no such option", arguments[i]);
        if (option < 0) {
            request->volumes[request->volume_count++] = arguments[i];
            continue;
        }
        if ((allowed & BIT(option)) == 0)
            return archive_usage("this verb has no such option", arguments[i]);
        if (options[option].valued && i + 1 == count)
            return archive_usage("a value is missing after", arguments[i]);
        request->given[option] = options[option].valued ? arguments[++i] : "";
    }
    return parse_times(request);
}

/* A volume that hangs would hang the command. */
static int ask_volumes(const struct archive_request *request)
{
    struct volume_watch *watch = volume_watch_new(request->volumes, request->volume_count);
    int code = watch == NULL ? archive_failed("memory is out") : ARCHIVE_FINE;

    if (watch != NULL)
        volume_watch_ask(watch, ANSWER_MS);
    for (int i = 0; watch != NULL && i < request->volume_count; i++)
        if (volume_watch_hangs(watch, i))
            code =
                archive_failed("%s does not answer within %d s (does its network storage hang?): "
                               "try again, or leave it out",
                               request->volumes[i], ANSWER_MS / 1000);
    if (watch != NULL)
        volume_watch_free(watch);
    return code;
}

int archive_command(int count, char **arguments)
{
    struct archive_request request;

    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
    for (size_t i = 0; count > 1 && i < sizeof(verbs) / sizeof(*verbs); i++) {
        int code;

        if (strcmp(arguments[1], verbs[i].name) != 0)
            continue;
        code = parse(&request, verbs[i].allowed, count - 1, arguments + 1);
        if (code == 0 && request.volume_count == 0 && !verbs[i].without_volumes)
            code = archive_usage("which volumes? Their directories are missing", NULL);
        if (code == 0)
            code = ask_volumes(&request);
        return code == 0 ? verbs[i].run(&request) : code;
    }
    return archive_usage("list, gaps, play, export, key, verify, fill, lock, unlock or serve?",
                         count > 1 ? arguments[1] : NULL);
}
