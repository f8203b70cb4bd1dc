/* What the doctor looks at on every machine: kernel, limits, clock, and the programs beside this
 * one. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "compiler/doctor.h"
#include "compiler/program.h"

#define KERNEL_MAJOR 5 /* renameat2 and pidfd are older; this is what it is tested with */
#define KERNEL_MINOR 10
#define FILES_MIN    4096 /* descriptors: some 300 peers and the segments of 200 cameras */
#define CLOCK_OFF_MS 500  /* two servers that differ more show holes in what has none */

void doctor_kernel(const struct doctor_patient *patient, uint32_t which, struct doctor_sheet *sheet)
{
    struct utsname name;
    int major = 0, minor = 0;
    (void)patient;
    (void)which;
    uname(&name);
    if (sscanf(name.release, "%d.%d", &major, &minor) != 2 || major < KERNEL_MAJOR ||
        (major == KERNEL_MAJOR && minor < KERNEL_MINOR))
        doctor_note(sheet, DOCTOR_WRONG, "kernel",
                    "Linux %s is older than %d.%d\nupdate the system: Debian 12 is what this "
                    "version is made for",
                    name.release, KERNEL_MAJOR, KERNEL_MINOR);
    else
        doctor_note(sheet, DOCTOR_FINE, "kernel", "Linux %s", name.release);
}

void doctor_limits(const struct doctor_patient *patient, uint32_t which, struct doctor_sheet *sheet)
{
    struct rlimit files, size, memory;
    (void)patient;
    (void)which;
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_FSIZE, &size);
    getrlimit(RLIMIT_AS, &memory);
    if (size.rlim_cur != RLIM_INFINITY || memory.rlim_cur != RLIM_INFINITY)
        doctor_note(sheet, DOCTOR_WRONG, "limits",
                    "the size of files or of a process is limited here\nraise it: ulimit -f "
                    "unlimited, ulimit -v unlimited");
    if (files.rlim_cur < FILES_MIN && files.rlim_max >= FILES_MIN)
        doctor_note(sheet, DOCTOR_NOTE, "limits",
                    "%llu open files are allowed here\nthe service understudy-node@ has a limit of "
                    "its own; a node that is started by hand has this one: ulimit -n %d",
                    (unsigned long long)files.rlim_cur, FILES_MIN);
    else if (files.rlim_cur < FILES_MIN)
        doctor_note(sheet, DOCTOR_WRONG, "limits",
                    "%llu open files are allowed at most\nraise it (LimitNOFILE= of the service, "
                    "or /etc/security/limits.conf) to %d",
                    (unsigned long long)files.rlim_max, FILES_MIN);
    else
        doctor_note(sheet, DOCTOR_FINE, "limits", "%llu open files",
                    (unsigned long long)files.rlim_cur);
}

/* Footage of several servers is put in order by their clocks (R43); a machine that only compiles
 * may have what clock it likes. */
void doctor_clock(const struct doctor_patient *patient, uint32_t which, struct doctor_sheet *sheet)
{
    struct timex clock = {0};
    const bool records = patient->image != NULL || patient->state != NULL;
    (void)which;
    const int state = adjtimex(&clock);
    if (state < 0)
        doctor_note(sheet, DOCTOR_NOTE, "clock",
                    "the kernel does not tell whether it is synchronised\nlook yourself: "
                    "timedatectl");
    else if (state == TIME_ERROR || (clock.status & STA_UNSYNC) != 0)
        doctor_note(sheet, records ? DOCTOR_WRONG : DOCTOR_NOTE, "clock",
                    "it is not synchronised: the footage of several servers is not in order by "
                    "such clocks\ninstall chrony, or systemd-timesyncd, and give all servers the "
                    "same time server");
    else if (clock.maxerror > CLOCK_OFF_MS * 1000L)
        doctor_note(sheet, DOCTOR_NOTE, "clock",
                    "it may be up to %ld ms off\ngive all servers the same near time server",
                    clock.maxerror / 1000);
    else
        doctor_note(sheet, DOCTOR_FINE, "clock", "synchronised, at most %ld ms off",
                    clock.maxerror / 1000);
}

/* ---- programs ---- */

void doctor_compiler(const struct doctor_patient *patient, uint32_t which,
                     struct doctor_sheet *sheet)
{
    static const struct {
        const char *name, *packages, *purpose;
        const char *argv[12];
    } tools[] = {
        {"ragel", "ragel", "compile", {"ragel", "--version", NULL}},
        /* Whether it can link as well: its headers and start files come with another package. */
        {"gcc",
         "gcc libc6-dev",
         "compile",
         {"gcc", "-shared", "-fPIC", "-x", "c", "-include", "stdint.h", "/dev/null", "-o",
          "/dev/null", NULL}},
        {"dot", "graphviz", "graph", {"dot", "-V", NULL}},
    };
    char text[TEXT_BYTES_MAX];
    (void)patient;
    const int code = doctor_run(tools[which].argv, text);
    if (code == 0)
        doctor_note(sheet, DOCTOR_FINE, tools[which].name, "is there");
    else
        doctor_note(sheet, DOCTOR_WRONG, tools[which].name,
                    "%s%s; without it there is no `understudy %s`\napt install %s",
                    code < 0 ? "is not installed" : "does not work: ", code < 0 ? "" : text,
                    tools[which].purpose, tools[which].packages);
}

static unsigned count_plugins(const char *folder)
{
    unsigned count = 0;
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    while (listing != NULL && (entry = readdir(listing)) != NULL)
        if (strstr(entry->d_name, "_plugin.so") != NULL)
            count++;
    if (listing != NULL)
        closedir(listing);
    return count;
}

/* What records: the programs of a recording server, and the recorder's own libvlc. */
void doctor_recorder(const struct doctor_patient *patient, uint32_t which,
                     struct doctor_sheet *sheet)
{
    static const char *const names[] = {"understudy-node", "understudy-recorder"};
    char path[PATH_MAX], folder[PATH_MAX], text[TEXT_BYTES_MAX];
    (void)patient;
    (void)which;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!program_path(names[i], path)) {
            doctor_note(sheet, DOCTOR_WRONG, "recording",
                        "%s is not installed\ninstall the package understudy-node, or run make "
                        "install",
                        names[i]);
            return;
        }
        const char *const argv[] = {path, "--help", NULL};
        if (doctor_run(argv, text) != 0) {
            doctor_note(sheet, DOCTOR_WRONG, "recording",
                        "%s does not start: %.300s\ninstall what it names", names[i], text);
            return;
        }
    }
    *strrchr(path, '/') = '\0';
    const bool fits =
        snprintf(folder, sizeof folder, "%s/../vlc/vlc/plugins", path) < (int)sizeof folder;
    const unsigned plugins = fits ? count_plugins(folder) : 0;
    if (plugins == 0)
        doctor_note(sheet, DOCTOR_WRONG, "recording",
                    "the recorder's own copy of libvlc has no plugins\ninstall understudy-node "
                    "again; the folder vlc belongs beside the folder bin of the programs");
    else
        doctor_note(sheet, DOCTOR_FINE, "recording",
                    "the node and its recorder start; libvlc has its %u plugins", plugins);
}
