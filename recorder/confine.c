#include "recorder/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/landlock.h>

#define READ_FILES LANDLOCK_ACCESS_FS_READ_FILE
#define READ       (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                      \
    (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                       \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |   \
     LANDLOCK_ACCESS_FS_REFER)
/* All that the first versions know: what is not allowed below is forbidden. */
#define HANDLED                                                                                    \
    (WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                           \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
     LANDLOCK_ACCESS_FS_MAKE_SYM)
#define REFER_ABI 2

/* What the libraries look at: their plugins, names and certificates, times, processors. */
static const char *const libraries[] = {"/usr",
                                        "/lib",
                                        "/lib64",
                                        "/etc",
                                        "/proc/self",
                                        "/sys/devices/system/cpu",
                                        "/run/systemd/resolve",
                                        "/run/resolvconf",
                                        "/run/NetworkManager",
                                        "/dev/urandom",
                                        "/dev/random"};

/* ---- privileges ---- */

/* Of root's powers, the one over files of others stays: a volume may belong to anybody. */
static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[2], keep[2] = {{0}};

    if (syscall(SYS_capget, &header, have) != 0)
        return;
    keep[0].permitted = have[0].permitted & (1u << CAP_DAC_OVERRIDE);
    keep[0].effective = keep[0].permitted;
    syscall(SYS_capset, &header, keep);
}

/* What it holds in memory are pictures and passwords. */
static void forbid_dumps(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
}

/* ---- files ---- */

static void allow(int rules, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = access};
    struct stat status;

    beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (beneath.parent_fd < 0)
        return; /* what is not there is not reached either */
    if (fstat(beneath.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        beneath.allowed_access &= READ_FILES | LANDLOCK_ACCESS_FS_WRITE_FILE;
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    close(beneath.parent_fd);
}

/* The directory above, where links lead; false where that is the root. */
static bool above(const char *path, char *directory)
{
    char *slash;

    if (realpath(path, directory) == NULL && snprintf(directory, PATH_MAX, "%s", path) >= PATH_MAX)
        return false;
    for (size_t length = strlen(directory); length > 1 && directory[length - 1] == '/'; length--)
        directory[length - 1] = '\0';
    slash = strrchr(directory, '/');
    if (slash == NULL || slash == directory)
        return false;
    *slash = '\0';
    return true;
}

static void allow_program(int rules)
{
    char program[PATH_MAX], folder[PATH_MAX], top[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (length <= 0)
        return;
    program[length] = '\0';
    if (above(program, folder) && above(folder, top))
        allow(rules, top, READ);
}

static void allow_all(int rules, const struct confine *confine, uint64_t write)
{
    char directory[PATH_MAX];

    for (size_t i = 0; i < sizeof(libraries) / sizeof(*libraries); i++)
        allow(rules, libraries[i], READ);
    allow(rules, "/dev/null", READ_FILES | LANDLOCK_ACCESS_FS_WRITE_FILE);
    allow_program(rules);
    if (confine->secrets != NULL && above(confine->secrets, directory))
        allow(rules, directory, READ); /* it may be replaced by another file */
    if (getenv("CREDENTIALS_DIRECTORY") != NULL)
        allow(rules, getenv("CREDENTIALS_DIRECTORY"), READ);
    if (confine->clips != NULL)
        allow(rules, confine->clips, READ);
    for (size_t i = 0; i < confine->volume_count; i++)
        if (above(confine->volumes[i], directory))
            allow(rules, directory, write);
}

static bool is_confinable(const struct confine *confine)
{
    char directory[PATH_MAX];

    for (size_t i = 0; i < confine->volume_count; i++)
        if (!above(confine->volumes[i], directory)) {
            fprintf(stderr,
                    "understudy-recorder: volume %s stands in the root directory, so a recorder "
                    "process cannot be kept to its volumes; a directory such as /srv/NAME can\n",
                    confine->volumes[i]);
            return false;
        }
    return confine->volume_count > 0;
}

static void confine_files(const struct confine *confine)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    uint64_t known = abi >= REFER_ABI ? UINT64_MAX : ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
    const struct landlock_ruleset_attr handled = {.handled_access_fs = HANDLED & known};
    long rules = abi < 1 ? -1 : syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);

    if (rules >= 0) {
        allow_all((int)rules, confine, WRITE & known);
        if (syscall(SYS_landlock_restrict_self, (int)rules, 0) != 0) {
            close((int)rules);
            rules = -1;
        } else {
            close((int)rules);
        }
    }
    if (rules < 0)
        fprintf(stderr,
                "understudy-recorder: this kernel does not keep recorder processes to their "
                "volumes (Landlock: %s)\n",
                strerror(errno));
}

void confine_process(const struct confine *confine)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        fprintf(stderr, "understudy-recorder: privileges cannot be given up: %s\n",
                strerror(errno));
    forbid_dumps();
    drop_capabilities();
    if (is_confinable(confine))
        confine_files(confine);
}
