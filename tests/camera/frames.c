/* frames: reads the burnt-in counters of recorded segments and says whether the frames follow each
 * other.
 *
 * The files are taken in the order given, as one recording. Exit 0: continuous; 1: frames are
 * missing, doubled, unreadable or another camera's; 2: the command line is wrong; 3: a file cannot
 * be opened, or memory ran out.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <libavutil/log.h>

#include "tests/camera/recording.h"
#include "tests/camera/sequence.h"

struct file {
    const char *path;
    const char *trouble; /* NULL: it was read to its end */
    struct sequence_tally tally;
};

struct report {
    struct file *files;
    size_t file_count;
    struct sequence sequence;
    bool list, as_json;
    json_t *lists; /* with --list --json: an array of frames for each file */
};

static int fail(const char *path, const char *trouble)
{
    fprintf(stderr, "frames: %s: %s\n", path, trouble);
    return 3;
}

/* ---- reading ---- */

static void list_text(const char *path, const struct recording_frame *frame)
{
    printf("%s ", path);
    if (frame->pts_us == RECORDING_NO_PTS)
        printf("- ");
    else
        printf("%.6f ", (double)frame->pts_us / 1e6);
    if (frame->readable)
        printf("camera %u frame %u\n", frame->counter.camera, frame->counter.frame);
    else
        printf("unreadable\n");
}

static json_t *list_json(const struct recording *recording)
{
    json_t *list = json_array();
    for (size_t i = 0; i < recording->frame_count; i++) {
        const struct recording_frame *frame = &recording->frames[i];
        json_t *pts = frame->pts_us == RECORDING_NO_PTS ? json_null() : json_integer(frame->pts_us);
        json_t *number = frame->readable ? json_integer(frame->counter.frame) : json_null();
        json_array_append_new(list, json_pack("{s:o, s:o}", "pts_us", pts, "frame", number));
    }
    return list;
}

static bool judge(struct report *report, size_t index, const struct recording *recording)
{
    struct sequence_tally *tally = &report->files[index].tally;
    sequence_unreadable(&report->sequence, tally, recording->undecoded);
    for (size_t i = 0; i < recording->frame_count; i++) {
        const struct recording_frame *frame = &recording->frames[i];
        if (!frame->readable)
            sequence_unreadable(&report->sequence, tally, 1);
        else if (!sequence_take(&report->sequence, tally, index, &frame->counter))
            return false;
        if (report->list && !report->as_json)
            list_text(report->files[index].path, frame);
    }
    return true;
}

/* Reads one file into the report. 0, or 3 where the trouble is not the recording's own. */
static int read_file(struct report *report, size_t index)
{
    struct file *file = &report->files[index];
    FILE *probe = fopen(file->path, "rb");
    if (!probe)
        return fail(file->path, strerror(errno));
    fclose(probe);
    struct recording recording;
    file->trouble = recording_read(&recording, file->path);
    bool judged = judge(report, index, &recording);
    if (report->list && report->as_json)
        json_array_append_new(report->lists, list_json(&recording));
    recording_free(&recording);
    return judged ? 0 : fail(file->path, "out of memory");
}

static bool is_good(const struct report *report)
{
    for (size_t i = 0; i < report->file_count; i++)
        if (report->files[i].trouble)
            return false;
    return sequence_is_continuous(&report->sequence);
}

/* ---- the report in words ---- */

static void print_file(const struct file *file)
{
    const struct sequence_tally *tally = &file->tally;
    printf("%s: ", file->path);
    if (tally->frames > 0)
        printf("camera %u, %u to %u, ", tally->first.camera, tally->first.frame, tally->last.frame);
    printf("%" PRIu64 " frames, %" PRIu64 " missing, %" PRIu64 " doubled, %" PRIu64
           " unreadable%s%s\n",
           tally->frames, tally->missing, tally->doubled, tally->unreadable,
           file->trouble ? "; it " : "", file->trouble ? file->trouble : "");
}

static void print_jump(const struct report *report, const struct sequence_jump *jump)
{
    if (jump->foreign)
        printf("jump %u -> %u: camera %u after camera %u, not the same footage", jump->from.frame,
               jump->to.frame, jump->to.camera, jump->from.camera);
    else
        printf("jump %u -> %u: %u %s", jump->from.frame, jump->to.frame,
               jump->missing ? jump->missing : jump->doubled,
               jump->missing ? "missing" : "doubled");
    printf(" (%s)\n", report->files[jump->file].path);
}

static void print_report(const struct report *report)
{
    const struct sequence *sequence = &report->sequence;
    for (size_t i = 0; i < report->file_count; i++)
        print_file(&report->files[i]);
    for (size_t i = 0; i < sequence->jump_count; i++)
        print_jump(report, &sequence->jumps[i]);
    printf("%s: %" PRIu64 " frames, %zu jump%s, %" PRIu64 " missing, %" PRIu64 " doubled, %" PRIu64
           " unreadable\n",
           is_good(report) ? "continuous" : "not continuous", sequence->all.frames,
           sequence->jump_count, sequence->jump_count == 1 ? "" : "s", sequence->all.missing,
           sequence->all.doubled, sequence->all.unreadable);
}

/* ---- the report as JSON ---- */

static json_t *tally_json(const struct sequence_tally *tally)
{
    json_t *object =
        json_pack("{s:I, s:I, s:I, s:I}", "frames", (json_int_t)tally->frames, "missing",
                  (json_int_t)tally->missing, "doubled", (json_int_t)tally->doubled, "unreadable",
                  (json_int_t)tally->unreadable);
    if (tally->frames > 0) {
        json_object_set_new(object, "camera", json_integer(tally->first.camera));
        json_object_set_new(object, "first", json_integer(tally->first.frame));
        json_object_set_new(object, "last", json_integer(tally->last.frame));
        json_object_set_new(object, "clip_frames", json_integer(tally->first.length));
    }
    return object;
}

/* JSON is UTF-8, file names need not be: where one is not, a question mark stands for each strange
 * byte. */
static json_t *path_json(const char *path)
{
    json_t *string = json_string(path);
    char *plain = string ? NULL : strdup(path);
    for (char *at = plain; at && *at; at++)
        if ((unsigned char)*at > 126)
            *at = '?';
    if (plain)
        string = json_string(plain);
    free(plain);
    return string;
}

static json_t *jump_json(const struct report *report, const struct sequence_jump *jump)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:b, s:o}", "from", (json_int_t)jump->from.frame, "to",
                     (json_int_t)jump->to.frame, "missing", (json_int_t)jump->missing, "doubled",
                     (json_int_t)jump->doubled, "foreign", jump->foreign, "file",
                     path_json(report->files[jump->file].path));
}

static void print_json(const struct report *report)
{
    json_t *files = json_array(), *jumps = json_array();
    for (size_t i = 0; i < report->file_count; i++) {
        json_t *file = tally_json(&report->files[i].tally);
        json_object_set_new(file, "file", path_json(report->files[i].path));
        if (report->files[i].trouble)
            json_object_set_new(file, "trouble", json_string(report->files[i].trouble));
        if (report->list)
            json_object_set(file, "list", json_array_get(report->lists, i));
        json_array_append_new(files, file);
    }
    for (size_t i = 0; i < report->sequence.jump_count; i++)
        json_array_append_new(jumps, jump_json(report, &report->sequence.jumps[i]));
    json_t *object = tally_json(&report->sequence.all);
    json_object_set_new(object, "continuous", json_boolean(is_good(report)));
    json_object_set_new(object, "files", files);
    json_object_set_new(object, "jumps", jumps);
    json_dumpf(object, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(object);
}

/* ---- the command line ---- */

static void usage(FILE *to)
{
    fputs("usage: frames [--list] [--json] FILE...\n"
          "  Reads the burnt-in frame counters of recorded segments, in the order given, and says\n"
          "  whether the frames follow each other. Exit 0: they do; 1: they do not.\n"
          "  --list   every frame with its time in the file\n"
          "  --json   one object\n",
          to);
}

static int run(struct report *report)
{
    int result = 0;
    for (size_t i = 0; i < report->file_count && result == 0; i++)
        result = read_file(report, i);
    if (result != 0)
        return result;
    if (report->as_json)
        print_json(report);
    else
        print_report(report);
    return is_good(report) ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"list", no_argument, NULL, 'l'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct report report = {0};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h')
            return usage(stdout), 0;
        if (option != 'l' && option != 'j')
            return usage(stderr), 2;
        report.list |= option == 'l';
        report.as_json |= option == 'j';
    }
    if (optind == argc)
        return usage(stderr), 2;
    av_log_set_level(AV_LOG_QUIET); /* what is wrong with a file is this report's to say */
    report.file_count = (size_t)(argc - optind);
    report.files = calloc(report.file_count, sizeof *report.files);
    report.lists = json_array();
    if (!report.files || !report.lists)
        return fail("memory", strerror(ENOMEM));
    for (size_t i = 0; i < report.file_count; i++)
        report.files[i].path = argv[optind + (int)i];
    int result = run(&report);
    sequence_free(&report.sequence);
    json_decref(report.lists);
    free(report.files);
    return result;
}
