#include "runtime/node/past.h"

#include <stdio.h>
#include <string.h>

#include "runtime/node/state.h"

bool past_open(const char *state, const struct deployment **deployment, uint32_t *server,
               struct journal **journal, char error[static TEXT_BYTES_MAX])
{
    char folder[STATE_PATH_BYTES], library[STATE_PATH_BYTES];
    struct journal_owner owner;
    *journal = NULL;
    if (!state_path(folder, state, JOURNAL_FOLDER, error) ||
        !state_path(library, state, STATE_DEPLOYMENT, error))
        return false;
    *journal = journal_open_to_read(folder, &owner, error);
    if (*journal == NULL)
        return false;
    *deployment = deployment_open(library, error);
    if (*deployment == NULL)
        return false;
    const struct image *image = deployment_image(*deployment);
    *server = image_find_server(image, owner.server);
    if (*server != IMAGE_NONE && memcmp(owner.hash, image->hash, sizeof owner.hash) == 0)
        return true;
    snprintf(error, TEXT_BYTES_MAX,
             "the journal does not belong to the deployment that lies beside it");
    return false;
}
