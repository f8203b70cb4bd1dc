/* What the doctor looks at of folders and files: volumes, the state folder, keys, secrets. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "compiler/doctor.h"
#include "compiler/program.h"
#include "runtime/filesystem.h"

#define PATH_ROOM     (PATH_BYTES_MAX + NAME_BYTES_MAX + 32)
#define STATE_BYTES   ((uint64_t)512 << 20) /* twice what a journal takes unless told otherwise */
#define SECRETS_BYTES (1 << 20)             /* as the recorder has it */
#define GIB(bytes)    ((double)(bytes) / (double)(1 << 30))
#define TEST_FILE     ".understudy-doctor-XXXXXX"

static uint64_t free_bytes(const struct statvfs *status)
{
    return (uint64_t)status->f_bavail * status->f_frsize;
}

/* ---- volumes ---- */

/* Whether a file can be made durable there; else errno tells why not. */
static bool can_write(const char *folder)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/" TEST_FILE, folder);
    const int file = mkostemp(path, O_CLOEXEC);
    if (file < 0)
        return false;
    const bool written = write(file, "\n", 1) == 1 && fsync(file) == 0;
    const int code = errno;
    close(file);
    unlink(path);
    errno = code;
    return written;
}

/* The marker is the recorder's to read (R32). */
static bool has_marker(const char *path, const char *name, char cause[static TEXT_BYTES_MAX])
{
    char recorder[PATH_MAX];
    if (!program_path("understudy-recorder", recorder))
        return true; /* that it is missing is said elsewhere */
    const char *const argv[] = {recorder, "volume", "check", path, "--name", name, NULL};
    return doctor_run(argv, cause) == 0;
}

/* Whether a path is among those that a unit may write: "-/srv -/mnt /data". */
static bool is_below(const char *path, const char *list)
{
    for (const char *word = list; *word != '\0'; word += strspn(word, " ")) {
        const char *begin = word + strspn(word, "-+");
        word += strcspn(word, " ");
        const size_t length = (size_t)(word - begin);
        if (length > 0 && strncmp(path, begin, length) == 0 &&
            (path[length] == '/' || path[length] == '\0'))
            return true;
    }
    return false;
}

/* The service of this server sees all but a few folders read-only; what this process may write says
 * nothing of it. True where there is no such service. */
static bool service_may_write(const char *server, const char *path)
{
    char unit[NAME_BYTES_MAX + 32], text[TEXT_BYTES_MAX];
    const char *const loaded[] = {"systemctl", "show", "--value", "-p", "LoadState", unit, NULL};
    const char *const paths[] = {"systemctl",      "show", "--value", "-p",
                                 "ReadWritePaths", unit,   NULL};
    snprintf(unit, sizeof unit, "understudy-node@%s.service", server);
    return access("/run/systemd/system", F_OK) != 0 || doctor_run(loaded, text) != 0 ||
           strcmp(text, "loaded") != 0 || doctor_run(paths, text) != 0 || is_below(path, text);
}

static void tell_space(const struct image_volume *volume, const char *subject, const char *path,
                       struct doctor_sheet *sheet)
{
    struct statvfs status;
    if (statvfs(path, &status) != 0) {
        doctor_note(sheet, DOCTOR_WRONG, subject, "%s: %s", path, strerror(errno));
        return;
    }
    const uint64_t total = (uint64_t)status.f_blocks * status.f_frsize;
    const uint64_t available = free_bytes(&status);
    if (volume->size_bytes > total)
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "it may take %.1f GiB, but the file system of %s has %.1f GiB in all\nmount "
                    "what belongs there, or correct its size in the topology",
                    GIB(volume->size_bytes), path, GIB(total));
    else if (available < volume->reserve_bytes)
        doctor_note(sheet, DOCTOR_NOTE, subject,
                    "%.1f GiB are free at %s, less than its reserve of %.1f GiB\nif that is not "
                    "footage, make room; else the oldest footage goes as it should",
                    GIB(available), path, GIB(volume->reserve_bytes));
    else
        doctor_note(sheet, DOCTOR_FINE, subject, "%s can be written, %.1f GiB are free", path,
                    GIB(available));
}

void doctor_volume(const struct doctor_patient *patient, uint32_t which, struct doctor_sheet *sheet)
{
    const struct image *image = patient->image;
    const struct image_list volumes = image_servers(image)[patient->server].volumes;
    const char *server = image_text(image, image_servers(image)[patient->server].name);
    const struct image_volume *volume =
        &image_volumes(image)[image_numbers(image)[volumes.first + which]];
    const char *name = image_text(image, volume->name), *path = image_text(image, volume->path);
    char subject[NAME_BYTES_MAX + 16], cause[TEXT_BYTES_MAX];
    struct stat status;
    snprintf(subject, sizeof subject, "volume %s", name);
    doctor_become_owner(patient);
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "%s is not there: %s\n%s, then: understudy volume init %s --name %s", path,
                    errno != 0 ? strerror(errno) : "it is no folder",
                    volume->shared ? "mount it" : "make or mount it", path, name);
    else if (!has_marker(path, name, cause))
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "%.400s\nif it is mounted and the right one: understudy volume init %s --name "
                    "%s",
                    cause, path, name);
    else if (!can_write(path) && errno == EROFS)
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "%s is mounted read-only\nlook at its disk (dmesg), mount it anew", path);
    else if (!can_write(path) && errno != ENOSPC)
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "%s cannot be written by user %u: %s\ngive it to the user of the node: chown "
                    "-R understudy: %s",
                    path, (unsigned)geteuid(), strerror(errno), path);
    else if (!service_may_write(server, path))
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "the service of this server may not write %s\nsystemctl edit "
                    "understudy-node@%s, and in it: [Service] and, on the next line, "
                    "ReadWritePaths=%s",
                    path, server, path);
    else
        tell_space(volume, subject, path, sheet);
}

/* ---- the state folder ---- */

void doctor_state(const struct doctor_patient *patient, uint32_t which, struct doctor_sheet *sheet)
{
    char error[TEXT_BYTES_MAX];
    struct stat status;
    struct statvfs space;
    (void)which;
    if (stat(patient->state, &status) != 0) {
        doctor_note(sheet, DOCTOR_NOTE, "state",
                    "%.300s: %s\nthe service makes it; by hand: install -d -m 700 -o understudy "
                    "-g understudy DIR",
                    patient->state, strerror(errno));
        return;
    }
    if (!filesystem_is_local(patient->state, error)) {
        doctor_note(sheet, DOCTOR_WRONG, "state", "%s\nname another folder with --state", error);
        return;
    }
    if ((status.st_mode & 077) != 0)
        doctor_note(sheet, DOCTOR_NOTE, "state",
                    "%.300s can be read by others\nchmod 700, if its journal is not for everybody",
                    patient->state);
    doctor_become_owner(patient);
    if (!can_write(patient->state))
        doctor_note(sheet, DOCTOR_WRONG, "state",
                    "%.300s cannot be written by user %u: %s\nchown -R understudy: %.300s",
                    patient->state, (unsigned)geteuid(), strerror(errno), patient->state);
    else if (statvfs(patient->state, &space) == 0 && free_bytes(&space) < STATE_BYTES)
        doctor_note(sheet, DOCTOR_NOTE, "state",
                    "%" PRIu64 " MiB are free at %.300s; a journal takes up to 256 MiB\nmake room, "
                    "or start the node with a smaller --journal-size",
                    free_bytes(&space) >> 20, patient->state);
    else
        doctor_note(sheet, DOCTOR_FINE, "state", "%.300s is on a local disk and can be written",
                    patient->state);
}

/* ---- keys and secrets ---- */

/* A file that must be its user's alone. Says what is wrong; true: nothing is. */
static bool is_private(const char *subject, const char *path, struct doctor_sheet *sheet)
{
    struct stat status;
    if (stat(path, &status) != 0)
        doctor_note(
            sheet, DOCTOR_WRONG, subject, "%.300s: %s\nbring it here%s", path, strerror(errno),
            strstr(path, ".secret") != NULL ? ", from where `understudy keys` was run" : "");
    else if ((status.st_mode & 077) != 0)
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "%.300s can be read by others\nif nobody has: chmod 600; else make a new one",
                    path);
    else if (access(path, R_OK) != 0)
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "%.300s cannot be read by user %u\nchown understudy: %.300s", path,
                    (unsigned)geteuid(), path);
    else if (status.st_uid != geteuid() && status.st_uid != 0)
        doctor_note(sheet, DOCTOR_WRONG, subject,
                    "%.300s belongs to another user\nchown understudy: %.300s", path, path);
    else
        return true;
    return false;
}

static bool name_key(char path[static PATH_ROOM], const struct doctor_patient *patient,
                     const char *name, const char *kind)
{
    const char *folder = patient->keys != NULL ? patient->keys : patient->state;
    return snprintf(path, PATH_ROOM, "%s%s/%s.%s", folder, patient->keys != NULL ? "" : "/keys",
                    name, kind) < PATH_ROOM;
}

void doctor_keys(const struct doctor_patient *patient, uint32_t which, struct doctor_sheet *sheet)
{
    const struct image *image = patient->image;
    const struct image_server *server = &image_servers(image)[patient->server];
    const char *name = image_text(image, server->name);
    char path[PATH_ROOM];
    uint32_t missing = 0;
    const char *first = NULL;
    (void)which;
    doctor_become_owner(patient);
    if (!name_key(path, patient, name, "secret") || !is_private("keys", path, sheet))
        return;
    for (uint32_t i = 0; i <= server->peers.count; i++) {
        const uint32_t peer = i == server->peers.count
                                  ? patient->server
                                  : image_numbers(image)[server->peers.first + i];
        const char *peer_name = image_text(image, image_servers(image)[peer].name);
        if (name_key(path, patient, peer_name, "public") && access(path, R_OK) != 0) {
            missing++;
            first = first == NULL ? peer_name : first;
        }
    }
    if (missing > 0)
        doctor_note(sheet, DOCTOR_WRONG, "keys",
                    "%u public key%s cannot be read, that of %s first\ncopy all *.public from "
                    "where `understudy keys` was run; everybody may read them",
                    missing, missing == 1 ? "" : "s", first);
    else
        doctor_note(sheet, DOCTOR_FINE, "keys",
                    "its own key is its user's alone, those of its peers are there");
}

/* Whether a line of the file begins with this name and a blank. */
static bool has_secret(const char *text, const char *name)
{
    const size_t length = strlen(name);
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, name, length) == 0 && (line[length] == ' ' || line[length] == '\t'))
            return true;
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return false;
}

/* All credentials that the cameras of the deployment name: whichever may fall on this server. */
void doctor_secrets(const struct doctor_patient *patient, uint32_t which,
                    struct doctor_sheet *sheet)
{
    const struct image *image = patient->image;
    static char text[SECRETS_BYTES + 1];
    uint32_t missing = 0;
    const char *first = NULL;
    (void)which;
    doctor_become_owner(patient);
    if (!is_private("secrets", patient->secrets, sheet))
        return;
    FILE *file = fopen(patient->secrets, "re");
    if (file == NULL)
        return;
    text[fread(text, 1, SECRETS_BYTES, file)] = '\0';
    fclose(file);
    for (uint32_t i = 0; image != NULL && i < image->cameras.count; i++) {
        const char *name = image_text(image, image_cameras(image)[i].credentials);
        if (name[0] != '\0' && !has_secret(text, name)) {
            missing++;
            first = first == NULL ? name : first;
        }
    }
    explicit_bzero(text, sizeof text);
    if (missing > 0)
        doctor_note(sheet, DOCTOR_WRONG, "secrets",
                    "%u camera%s of the deployment would find no credentials, the first under the "
                    "name %s\nadd a line NAME USER:PASSWORD, unless systemd has it",
                    missing, missing == 1 ? "" : "s", first);
    else
        doctor_note(sheet, DOCTOR_FINE, "secrets", "its user's alone, and complete");
}
