/* Hostile text from a file to what is made of it: every text in every place is refused with a
 * reason or goes through as it is, and what was generated from it compiles, runs and draws. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <expat.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "compiler/check.h"
#include "compiler/emit.h"
#include "compiler/front.h"
#include "compiler/print.h"
#include "compiler/topology.h"
#include "dsl/dsl.h"
#include "runtime/deployment.h"
#include "tests/compiler/scratch.h"

struct text {
    const char *text;
    size_t bytes;
};
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

/* What ends a literal, a comment, a chart, a picture, a path, a shell's word; what looks like an
 * octal digit behind an escape; what is not UTF-8, and what hides behind a NUL. */
static const struct text texts[] = {
    TEXT("a\"; }; int x = \"b"),
    TEXT("*/ int x; /*"),
    TEXT("}%% %%{ machine m; main := any; }%%"),
    TEXT("\\\"\\n\\0"),
    TEXT("?\?/?\?'"),
    TEXT("a\nb"),
    TEXT("a\r\x1b[31m"),
    TEXT("a\0hidden"),
    TEXT("../../etc/passwd"),
    TEXT("a/../../b"),
    TEXT("..."),
    TEXT("-o"),
    TEXT("--help"),
    TEXT("$(touch /tmp/owned)`id`;|&"),
    TEXT("%s%n%d{main}@hole@"),
    TEXT("<script>alert(1)</script>&evil;"),
    TEXT("]]>-->"),
    TEXT("\\N\\G\\E\\l"),
    TEXT("\xc3\xa9"
         "7"),
    TEXT("\xff\xfe"),
    TEXT("\xc0\x80"),
    TEXT("\xc2\x9b"
         "31m"),
    TEXT("\xe2\x80\xae"
         "gnp"),
    TEXT(""),
};
#define TEXTS (sizeof texts / sizeof texts[0])

/* Where a text stands: a topology with a %s in it; `before` comes first in the text, so that what
 * is hostile in it is all that may be refused. */
struct hole {
    const char *word;
    const char *before;
    const char *lua;
};
#define REST                                                                                       \
    "server \"b\" { address = \"b:1\", archive = { \"v\" } }\n"                                    \
    "volume \"v\" { path = \"/srv/v\", size = \"1 GiB\" }\n"
#define MAIN   "server \"a\" { address = \"a:1\", archive = { \"v\" } }\n"
#define CAMERA "camera \"c\" { server = \"a\", url = \"rtsp://h/s\" }\n"
static const struct hole holes[] = {
    {"server", "", "server(%s) { address = \"a:1\", archive = { \"v\" } }\n" REST},
    {"camera", "", MAIN REST "camera(%s) { server = \"a\", url = \"rtsp://h/s\" }\n"},
    {"failover", "",
     MAIN REST CAMERA
     "failover(%s) { standby = \"b\", monitor = \"a\", expect_reconnection = \"5 s\" }\n"},
    {"path", "/srv/", MAIN REST "volume \"w\" { path = %s, size = \"1 GiB\" }\n"},
    {"nas", "/mnt/", MAIN REST "volume \"w\" { nas = %s, size = \"1 GiB\" }\n"},
    {"url", "rtsp://h/", MAIN REST "camera \"c\" { server = \"a\", url = %s }\n"},
    {"address", "", REST "server \"a\" { address = %s, archive = { \"v\" } }\n"},
    {"arm", "", MAIN REST "camera \"c\" { server = \"a\", url = \"rtsp://h/s\", arm = %s }\n"},
    {"credentials", "",
     MAIN REST "camera \"c\" { server = \"a\", url = \"rtsp://h/s\", credentials = %s }\n"},
    {"witness", "",
     REST "server \"a\" { address = \"a:1\", archive = { \"v\" }, witness = { %s } }\n"},
    {"on_start", "/usr/bin/",
     MAIN REST CAMERA
     "failover \"f\" { standby = \"b\", monitor = \"a\", expect_reconnection = \"5 s\", on_start = "
     "%s }\n"},
    {"time_zone", "", MAIN REST "site { time_zone = %s }\n"},
    {"etcd", "http://", MAIN REST "coordinator { etcd = { %s } }\n"},
    {"key", "/etc/",
     MAIN REST "coordinator { etcd = { \"http://h:1\" }, key = %s, cert = \"/etc/c\" }\n"},
};
#define HOLES (sizeof holes / sizeof holes[0])

/* The text as Lua writes it: every byte by its number. */
static char *in_lua(const char *before, const struct text *text)
{
    char *lua = NULL;
    size_t size;
    FILE *out = open_memstream(&lua, &size);
    fprintf(out, "\"%s", before);
    for (size_t i = 0; i < text->bytes; i++)
        fprintf(out, "\\%03u", (unsigned char)text->text[i]);
    fputc('"', out);
    fclose(out);
    return lua;
}

static char *topology_with(const struct hole *hole, const struct text *text)
{
    char *lua = NULL;
    char *literal = in_lua(hole->before, text);
    const char *at = strstr(hole->lua, "%s");
    assert_non_null(at);
    assert_true(asprintf(&lua, "%.*s%s%s", (int)(at - hole->lua), hole->lua, literal, at + 2) > 0);
    free(literal);
    return lua;
}

/* Nothing in it moves a terminal's cursor or hides what stands there. */
static void assert_printable(const char *text, const char *what)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        if ((*c < 0x20 && *c != '\n') || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0))
            fail_msg("%s: byte %d is shown raw in: %s", what, *c, text);
}

static void assert_refused_well(struct diag *diag, const char *what)
{
    char *said = NULL;
    size_t size;
    FILE *out = open_memstream(&said, &size);
    diag_print(diag, out, dsl_locate);
    fclose(out);
    assert_printable(said, what);
    assert_non_null(strstr(said, "error: "));
    free(said);
}

/* What the language accepts comes back byte for byte from the image and from what print writes. */
static void assert_goes_through(const struct resolved *resolved, const struct text *text,
                                const char *what)
{
    struct plan plan;
    char error[TEXT_BYTES_MAX] = "";
    plan_topology(resolved, &plan);
    const struct image *image = emit_image(resolved, &plan);
    if (image_check(image, image->size, error) != image)
        fail_msg("%s: %s", what, error);
    const char *strings = (const char *)image + image->strings.offset;
    assert_non_null(memmem(strings, image->strings.count, text->text, text->bytes));
    char *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    emit_image_text(out, image);
    fclose(out);
    assert_printable(shown, what);
    free(shown);
}

static void every_text_is_refused_or_goes_through(void **context)
{
    (void)context;
    int accepted = 0;
    int refused = 0;
    for (size_t p = 0; p < HOLES; p++)
        for (size_t t = 0; t < TEXTS; t++) {
            struct arena *arena = arena_new();
            struct diag *diag = diag_new(arena);
            struct model model = {.arena = arena};
            struct resolved resolved;
            char *lua = topology_with(&holes[p], &texts[t]);
            scratch_write("one.lua", lua, strlen(lua));
            assert_true(dsl_read_topology(scratch_path("one.lua"), &model, diag));
            resolve_topology(&model, &resolved, diag);
            check_topology(&resolved, diag);
            if (diag_error_count(diag) > 0) {
                assert_refused_well(diag, holes[p].word);
                refused++;
            } else {
                assert_goes_through(&resolved, &texts[t], holes[p].word);
                accepted++;
            }
            free(lua);
            arena_free(arena);
        }
    assert_true(accepted > 20 && refused > 200);
}

/* ---- through the programs ---- */

/* Runs the front in the scratch folder; returns its exit code. */
static int understudy(const char *const *words)
{
    char *bin =
        realpath(getenv("UNDERSTUDY_BIN") != NULL ? getenv("UNDERSTUDY_BIN") : "build/bin", NULL);
    char path[SCRATCH_PATH_BYTES];
    snprintf(path, sizeof path, "%s/understudy", bin);
    free(bin);
    pid_t pid = fork();
    if (pid == 0) {
        int said = open(scratch_path("said"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(said, STDOUT_FILENO);
        dup2(said, STDERR_FILENO);
        if (chdir(scratch) == 0)
            execv(path, (char *const *)words);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_done(const char *const *words)
{
    size_t size;
    int code = understudy(words);
    char *said = scratch_read("said", &size);
    if (code != EXIT_FINE)
        fail_msg("%s %s: exit code %d: %s", words[1], words[2], code, said);
    free(said);
}

/* A path that the language takes, of each text that it takes in a path. */
static size_t paths_of(char paths[TEXTS][128])
{
    size_t count = 0;
    for (size_t t = 0; t < TEXTS; t++) {
        bool control = texts[t].bytes == 0 || strlen(texts[t].text) != texts[t].bytes;
        for (size_t i = 0; i < texts[t].bytes; i++)
            control = control || (unsigned char)texts[t].text[i] < 0x20;
        if (!control && strstr(texts[t].text, "..") == NULL && (texts[t].text[0] & 0xfe) != 0xfe &&
            memchr("\xc0\xc2\xff", texts[t].text[0], 3) == NULL)
            snprintf(paths[count++], 128, "/srv/%s", texts[t].text);
    }
    return count;
}

static void write_site(const char *name, char paths[TEXTS][128], size_t count)
{
    FILE *out = fopen(scratch_path(name), "w");
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "volume \"v-%zu\" { path = ", i);
        print_lua_text(out, paths[i]);
        fprintf(
            out,
            ", size = \"1 GiB\" }\n"
            "server \"s-%zu\" { address = \"s-%zu:1\", archive = { \"v-%zu\" } }\n"
            "camera \"c-%zu\" { server = \"s-%zu\", url = \"rtsp://h/%%22*/%zu?a=$(id)&b=;c\" }\n"
            "failover \"f-%zu\" { standby = \"s-%zu\", monitor = \"s-%zu\",\n"
            "  expect_reconnection = \"5 s\" }\n",
            i, i, i, i, i, i, i, (i + 1) % count, i);
    }
    fclose(out);
}

static void assert_sound_svg(const char *name)
{
    size_t size;
    char *svg = scratch_read(name, &size);
    assert_non_null(svg);
    XML_Parser parser = XML_ParserCreate(NULL);
    if (XML_Parse(parser, svg, (int)size, 1) != XML_STATUS_OK)
        fail_msg("%s: %s", name, XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    assert_null(strstr(svg, "<script"));
    free(svg);
}

static void assert_paths(const char *folder, char paths[TEXTS][128], size_t count)
{
    char error[TEXT_BYTES_MAX] = "";
    const struct deployment *deployment = deployment_open(scratch_path(folder), error);
    if (deployment == NULL)
        fail_msg("%s", error);
    const struct image *image = deployment_image(deployment);
    assert_int_equal(image->volumes.count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_string_equal(image_text(image, image_volumes(image)[i].path), paths[i]);
}

/* Where a topology lies, what it is called and where it is compiled to changes no byte. */
static void assert_same_deployment(const char *a, const char *b)
{
    char path[2][160];
    size_t sizes[2];
    snprintf(path[0], sizeof path[0], "%s/deployment.so", a);
    snprintf(path[1], sizeof path[1], "%s/deployment.so", b);
    char *bytes[2] = {scratch_read(path[0], &sizes[0]), scratch_read(path[1], &sizes[1])};
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    free(bytes[0]);
    free(bytes[1]);
}

/* File names are texts too: of the topology, and of the folder that it is compiled into. */
static void what_is_made_of_them_works(void **context)
{
    (void)context;
    static const char *const names[][2] = {
        {"plain.lua", "out"},
        {"a\"*\\ }%% %%{ ?\?'.lua", "o u\"t$(touch owned)`id`"},
        {"*; touch owned;.lua", "-o"},
        {"\xc3\xa9\n\x1b[31m.lua", "\\N%s\n<b>&"},
    };
    char paths[TEXTS][128];
    size_t count = paths_of(paths);
    struct stat status;
    assert_true(count >= 10);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char source[128];
        char folder[128];
        snprintf(source, sizeof source, "./%s", names[i][0]);
        snprintf(folder, sizeof folder, "./%s", names[i][1]);
        write_site(names[i][0], paths, count);
        assert_done((const char *[]){"understudy", "compile", source, "-o", folder, NULL});
        assert_paths(folder, paths, count);
        assert_same_deployment("out", folder);
        assert_done((const char *[]){"understudy", "graph", source, "-o", "g.svg", NULL});
        assert_sound_svg("g.svg");
        assert_done((const char *[]){"understudy", "graph", source, "--machine", "f-0", "-o",
                                     "m.svg", NULL});
        assert_sound_svg("m.svg");
        assert_int_not_equal(stat(scratch_path("owned"), &status), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_is_refused_or_goes_through),
        cmocka_unit_test(what_is_made_of_them_works),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
