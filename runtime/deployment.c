#include "runtime/deployment.h"

#include <assert.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "deployment.so"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* ---- the file, before any of it is loaded ---- */

/* The loader maps what the program headers promise; a file cut short would end this process with
 * SIGBUS later. */
static bool headers_fit(int file, const Elf64_Ehdr *head, uint64_t file_bytes)
{
    if (head->e_phentsize != sizeof(Elf64_Phdr) || head->e_phnum == 0)
        return false;
    uint64_t sections_end = head->e_shoff + (uint64_t)head->e_shnum * head->e_shentsize;
    if (head->e_shoff > file_bytes || sections_end > file_bytes)
        return false;
    for (unsigned i = 0; i < head->e_phnum; i++) {
        Elf64_Phdr part;
        off_t at = (off_t)(head->e_phoff + (uint64_t)i * sizeof part);
        if (head->e_phoff > file_bytes || pread(file, &part, sizeof part, at) != sizeof part)
            return false;
        if (part.p_offset > file_bytes || part.p_filesz > file_bytes - part.p_offset)
            return false;
    }
    return true;
}

static bool looks_loadable(int file, const char *path, char error[static TEXT_BYTES_MAX])
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return FAIL(error, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return FAIL(error, "%s is not a file", path);
    Elf64_Ehdr head;
    if (pread(file, &head, sizeof head, 0) != sizeof head ||
        memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
        head.e_ident[EI_DATA] != ELFDATA2LSB || head.e_type != ET_DYN)
        return FAIL(error, "%s is not a deployment (understudy compile makes one)", path);
    if (!headers_fit(file, &head, (uint64_t)status.st_size))
        return FAIL(error, "%s is not complete: copy it again, or compile the topology again",
                    path);
    return true;
}

/* ---- the machines ---- */

static bool machine_fits(const struct machine *machine)
{
    static const struct {
        int states;
        int events;
    } alphabet[MACHINE_KIND_COUNT] = {
        [MACHINE_FAILOVER] = {FAILOVER_STATE_COUNT, FAILOVER_EVENT_COUNT},
        [MACHINE_MAIN] = {MAIN_STATE_COUNT, MAIN_EVENT_COUNT},
        [MACHINE_CAMERA] = {CAMERA_STATE_COUNT, CAMERA_EVENT_COUNT},
    };
    return machine->name != NULL && machine->kind < MACHINE_KIND_COUNT &&
           machine->state_count == alphabet[machine->kind].states &&
           machine->event_count == alphabet[machine->kind].events && machine->step != NULL &&
           machine->cells != NULL;
}

/* One cell, driven: the machine must answer what the table says. */
static bool cell_answers(const struct machine *machine, uint8_t state, uint8_t event)
{
    const struct machine_cell *cell = &machine->cells[state * machine->event_count + event];
    struct machine_step step = {.effect_count = UINT8_MAX};
    machine->step(state, event, &step);
    if (cell->verdict >= VERDICT_COUNT || step.verdict != cell->verdict)
        return false;
    if (cell->verdict == VERDICT_ABSENT)
        return step.to == state && step.effect_count == 0;
    return cell->to < machine->state_count && cell->why != NULL && step.to == cell->to &&
           cell->effect_count <= MACHINE_EFFECTS_MAX && step.effect_count == cell->effect_count &&
           memcmp(step.effects, cell->effects, cell->effect_count) == 0;
}

static bool machine_answers(const struct machine *machine, char error[static TEXT_BYTES_MAX])
{
    for (uint8_t state = 0; state < machine->state_count; state++)
        for (uint8_t event = 0; event < machine->event_count; event++)
            if (!cell_answers(machine, state, event))
                return FAIL(
                    error,
                    "the machine %s does not keep to its table (state %u, event %u): compile "
                    "the topology again",
                    machine->name, state, event);
    return true;
}

static bool is_kind(const struct deployment *deployment, uint32_t machine, enum machine_kind kind)
{
    return machine < deployment->machine_count && deployment->machines[machine].kind == kind;
}

/* Every index of a machine in the image names a machine of the right kind. */
static bool machines_serve(const struct deployment *deployment, const struct image *image)
{
    for (uint32_t i = 0; i < image->servers.count; i++)
        if (!is_kind(deployment, image_servers(image)[i].machine, MACHINE_MAIN))
            return false;
    for (uint32_t i = 0; i < image->cameras.count; i++)
        if (!is_kind(deployment, image_cameras(image)[i].machine, MACHINE_CAMERA))
            return false;
    for (uint32_t i = 0; i < image->failovers.count; i++)
        if (!is_kind(deployment, image_failovers(image)[i].machine, MACHINE_FAILOVER))
            return false;
    return true;
}

static bool is_sound(const struct deployment *deployment, char error[static TEXT_BYTES_MAX])
{
    if (deployment->magic != DEPLOYMENT_MAGIC)
        return FAIL(error, "the file is not a deployment (understudy compile makes one)");
    if (deployment->abi != MACHINE_ABI)
        return FAIL(
            error,
            "the deployment was compiled by another version of Understudy (machines %u, this "
            "one runs %u): compile the topology again",
            deployment->abi, MACHINE_ABI);
    if (deployment->machine_count == 0 || deployment->machines == NULL ||
        deployment->image == NULL || (uintptr_t)deployment->image % 8 != 0)
        return FAIL(error, "the deployment is empty: compile the topology again");
    for (uint32_t i = 0; i < deployment->machine_count; i++) {
        if (!machine_fits(&deployment->machines[i]))
            return FAIL(error,
                        "a machine of the deployment is not sound: compile the topology again");
        if (!machine_answers(&deployment->machines[i], error))
            return false;
    }
    const struct image *image = image_check(deployment->image, deployment->image_size, error);
    if (image == NULL)
        return false;
    if (!machines_serve(deployment, image))
        return FAIL(error,
                    "the image names a machine that the deployment does not have: compile the "
                    "topology again");
    return true;
}

/* ---- opening ---- */

/* The file to open: PATH itself, or deployment.so in it. Absolute, so that the loader searches
 * nowhere else. */
static bool find_file(const char *path, char file[static PATH_MAX],
                      char error[static TEXT_BYTES_MAX])
{
    char inside[PATH_MAX];
    struct stat status;
    const char *wanted = path;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        if (snprintf(inside, sizeof inside, "%s/" FILE_NAME, path) >= (int)sizeof inside)
            return FAIL(error, "%.100s...: the path is too long", path);
        wanted = inside;
    }
    if (realpath(wanted, file) == NULL)
        return FAIL(error, "%.300s: %s", wanted, strerror(errno));
    return true;
}

/* Loads the open file itself, not what its path names by now: the loader would give back an older
 * deployment that it once loaded from the same path. */
static void *load(int file, const char *path, char error[static TEXT_BYTES_MAX])
{
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        snprintf(error, TEXT_BYTES_MAX, "%.200s cannot be loaded: %.250s", path, dlerror());
    return handle;
}

static const struct deployment *open_file(int file, const char *path,
                                          char error[static TEXT_BYTES_MAX])
{
    if (!looks_loadable(file, path, error))
        return NULL;
    void *handle = load(file, path, error);
    if (handle == NULL)
        return NULL;
    const struct deployment *deployment = dlsym(handle, DEPLOYMENT_SYMBOL);
    if (deployment == NULL)
        snprintf(error, TEXT_BYTES_MAX, "%.300s is not a deployment (understudy compile makes one)",
                 path);
    else if (is_sound(deployment, error))
        return deployment;
    dlclose(handle);
    return NULL;
}

const struct deployment *deployment_open(const char *path, char error[static TEXT_BYTES_MAX])
{
    char file_path[PATH_MAX];
    assert(path != NULL);
    if (!find_file(path, file_path, error))
        return NULL;
    int file = open(file_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        snprintf(error, TEXT_BYTES_MAX, "%.300s: %s", path, strerror(errno));
        return NULL;
    }
    const struct deployment *deployment = open_file(file, path, error);
    /* A loaded file stays open: its number is its name to the loader, and must not name another one
     * later. */
    if (deployment == NULL)
        close(file);
    return deployment;
}

const struct image *deployment_image(const struct deployment *deployment)
{
    assert(deployment != NULL);
    return deployment->image;
}
