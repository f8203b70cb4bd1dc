/* The coordinator's process: asks the cluster for this server, in one thread that waits for nothing
 * alone. It reads all claims that this server has to do with now and then, and at once where a
 * watch hints that something has changed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/recorder.h"
#include "recorder/secret.h"
#include "runtime/node/clock.h"
#include "runtime/node/companion.h"
#include "runtime/node/coordinator.h"
#include "runtime/node/coordinator_claim.h"

#define TURN_MS       100
#define READ_MS_MAX   1000 /* from one reading of all claims to the next */
#define HINTED_MS     100  /* likewise, while hints come */
#define READ_WAIT_MIN 1000
#define READ_WAIT_MAX 4000 /* an election takes up to 3 s */
#define MAINS_A_TXN   (ETCD_OPS_MAX / 2)
#define CAUSE_BYTES   RECORDER_CAUSE_MAX

static struct {
    struct coordinator_frame frame;
    struct etcd_place place;
    const char *secrets; /* NULL: none */
    struct coordinator_claim *claims;
    uint32_t claim_count;
    uint8_t *sights; /* as told, by failover under this server; DEALING_SIGHT_COUNT: not told */
    struct told {
        uint64_t epoch;
        bool alive;
        char holder[NAME_BYTES_MAX];
    } * told; /* by claim */
    int64_t beat_ms;
    int64_t read_ms;  /* the next reading begins then */
    uint32_t reading; /* transactions of it that are under way */
    bool read_failed;
    bool in_reach;
    char trouble[COORDINATOR_TEXT_BYTES];
    char login_cause[CAUSE_BYTES]; /* why there is no user and password, or "" */
    struct coordinator_word state; /* as told */
} process;

static void say(const struct coordinator_word *word)
{
    const ssize_t sent = send(COMPANION_FD, word, sizeof *word, MSG_NOSIGNAL);
    if (sent != (ssize_t)sizeof *word)
        _exit(0); /* the node is gone */
}

/* ---- what is told ---- */

static uint64_t count_living(void)
{
    uint64_t living = 0;
    for (uint32_t i = 0; i < process.claim_count; i++)
        living += coordinator_claim_is_ours(&process.claims[i]);
    return living;
}

static void tell_state(void)
{
    struct coordinator_word word = {
        .kind = COORDINATOR_STATE, .value = process.in_reach, .number = count_living()};
    snprintf(word.text, sizeof word.text, "%s",
             process.in_reach ? etcd_member(process.frame.etcd) : process.trouble);
    if (memcmp(&word, &process.state, sizeof word) == 0 ||
        (!process.in_reach && process.trouble[0] == '\0'))
        return;
    process.state = word;
    say(&word);
}

static void tell_claim(uint32_t index)
{
    const struct coordinator_claim *claim = &process.claims[index];
    struct told *told = &process.told[index];
    const bool alive = claim->live.revision > 0;
    const struct coordinator_record *shown = alive ? &claim->live : &claim->record;
    if (!claim->known || (told->epoch == shown->epoch && told->alive == alive &&
                          strcmp(told->holder, shown->holder) == 0))
        return;
    struct coordinator_word word = {
        .kind = COORDINATOR_CLAIM, .main = claim->main, .epoch = shown->epoch, .value = alive};
    told->epoch = shown->epoch;
    told->alive = alive;
    snprintf(told->holder, sizeof told->holder, "%s", shown->holder);
    snprintf(word.text, sizeof word.text, "%s", shown->holder);
    say(&word);
}

static const struct coordinator_claim *claim_of(uint32_t main)
{
    for (uint32_t i = 0; i < process.claim_count; i++)
        if (process.claims[i].main == main)
            return &process.claims[i];
    return NULL;
}

static void tell_sights(void)
{
    const struct image *image = process.frame.image;
    const struct image_list own = image_servers(image)[process.frame.server].failovers;
    for (uint32_t n = 0; n < own.count; n++) {
        const struct coordinator_claim *claim =
            claim_of(image_failovers(image)[own.first + n].monitor);
        if (claim == NULL)
            continue;
        const enum dealing_sight sight = !process.in_reach || !claim->known   ? DEALING_NONE
                                         : coordinator_claim_is_others(claim) ? DEALING_ALIVE
                                                                              : DEALING_SILENT;
        if (process.sights[n] == sight)
            continue;
        process.sights[n] = (uint8_t)sight;
        const struct coordinator_word word = {
            .kind = COORDINATOR_VIEW, .failover = own.first + n, .value = sight};
        say(&word);
    }
}

/* Reach first: what is seen says nothing about a coordinator that is taken to be lost. */
static void tell(void)
{
    tell_state();
    for (uint32_t i = 0; i < process.claim_count; i++)
        tell_claim(i);
    tell_sights();
}

/* Nothing is compared with what was seen before the coordinator is back: it may come from a backup.
 */
static void set_reach(bool in_reach)
{
    process.in_reach = in_reach;
    if (in_reach)
        process.trouble[0] = '\0';
    for (uint32_t i = 0; i < process.claim_count && !in_reach; i++)
        coordinator_claim_forget(&process.claims[i]);
}

static void on_trouble(void *owner, const char *trouble)
{
    (void)owner;
    snprintf(process.trouble, sizeof process.trouble, "%s",
             process.login_cause[0] != '\0' ? process.login_cause
             : trouble[0] != '\0'           ? trouble
                                            : "no member of it answers");
    set_reach(false);
}

/* An answer that is not known is told by the state. */
static void on_answer(void *owner, uint32_t main, enum coordinator_verdict verdict, uint64_t number,
                      uint64_t epoch)
{
    (void)owner;
    if (verdict == COORDINATOR_UNKNOWN) {
        on_trouble(NULL, "a claim was not decided in time");
        return;
    }
    const enum dealing_answer answer = verdict == COORDINATOR_GRANTED ? DEALING_GRANTED
                                       : verdict == COORDINATOR_FULL  ? DEALING_FULL
                                                                      : DEALING_DENIED;
    const struct coordinator_word word = {.kind = COORDINATOR_ANSWER,
                                          .main = main,
                                          .epoch = epoch,
                                          .number = number,
                                          .value = answer};
    say(&word);
}

/* ---- reading ---- */

/* The whole of it must be good before the coordinator counts as in reach. */
static void end_part(bool good)
{
    process.read_failed = process.read_failed || !good;
    if (--process.reading > 0)
        return;
    set_reach(!process.read_failed);
    process.read_ms = clock_now_ms() + READ_MS_MAX;
    process.state.kind = COORDINATOR_KIND_COUNT; /* the node hears it now and then */
}

static void on_part(void *owner, const struct etcd_answer *answer)
{
    const uint32_t first = (uint32_t)((struct coordinator_claim *)owner - process.claims);
    const bool good = answer->verdict == ETCD_GOOD;
    for (uint32_t i = first; good && i < process.claim_count && i < first + MAINS_A_TXN; i++)
        coordinator_claim_see(&process.claims[i], answer->reply);
    if (!good)
        on_trouble(NULL, answer->trouble);
    end_part(good);
}

static void read_part(uint32_t first)
{
    const struct image *image = process.frame.image;
    const int64_t half_ms = image->site.lease_ms / 2;
    const int64_t wait_ms = half_ms < READ_WAIT_MIN   ? READ_WAIT_MIN
                            : half_ms > READ_WAIT_MAX ? READ_WAIT_MAX
                                                      : half_ms;
    struct etcd_txn txn;
    bool made = etcd_txn_begin(&txn);
    for (uint32_t i = first; i < process.claim_count && i < first + MAINS_A_TXN; i++) {
        const struct coordinator_key record = coordinator_key_claim(image, process.claims[i].main);
        const struct coordinator_key live = coordinator_key_live(image, process.claims[i].main);
        made = made && etcd_txn_read(&txn, record.text, false) &&
               etcd_txn_read(&txn, live.text, false);
    }
    char *text = etcd_txn_end(&txn);
    if (!made) {
        free(text);
        text = NULL;
    }
    process.reading++;
    etcd_commit(process.frame.etcd, text, wait_ms, on_part, &process.claims[first]);
}

/* Found anew each time that the cluster does not let us in, so that a change needs no restart. */
static void find_login(void)
{
    const struct image *image = process.frame.image;
    const char *name = image_text(image, image_coordinators(image)[0].credentials);
    struct secret secret;
    if (name[0] == '\0')
        return;
    if (secret_find(name, process.secrets, &secret, process.login_cause)) {
        etcd_set_login(process.frame.etcd, secret.user, secret.password);
        process.login_cause[0] = '\0';
    }
    secret_forget(&secret);
}

static void tend_reading(void)
{
    const int64_t now_ms = clock_now_ms();
    if (etcd_hinted(process.frame.etcd) && process.read_ms > now_ms + HINTED_MS)
        process.read_ms = now_ms + HINTED_MS;
    if (process.reading > 0 || now_ms < process.read_ms || process.claim_count == 0)
        return;
    if (!process.in_reach)
        find_login();
    process.read_failed = false;
    process.reading = 1; /* until all parts are begun */
    for (uint32_t first = 0; first < process.claim_count; first += MAINS_A_TXN)
        read_part(first);
    end_part(true);
}

/* ---- the node ---- */

static void obey(const struct coordinator_word *word)
{
    struct coordinator_claim *claim = (struct coordinator_claim *)(uintptr_t)claim_of(word->main);
    const struct coordinator_wish wish = {.epoch = word->epoch,
                                          .failover = word->failover,
                                          .grows = (word->flags & COORDINATOR_GROWS) != 0,
                                          .number = word->number};
    if (word->kind == COORDINATOR_BEAT) {
        process.beat_ms = clock_now_ms();
        say(word);
    } else if (word->kind == COORDINATOR_ASK && claim != NULL) {
        coordinator_claim_ask(claim, &wish);
    } else if (word->kind == COORDINATOR_HOLD && claim != NULL) {
        coordinator_claim_hold(claim, &wish);
    }
}

/* False: the node is gone. */
static bool hear(void)
{
    struct coordinator_word word;
    ssize_t size;
    while ((size = recv(COMPANION_FD, &word, sizeof word, MSG_DONTWAIT)) == (ssize_t)sizeof word)
        obey(&word);
    return size < 0 && (errno == EAGAIN || errno == EINTR);
}

static void run(void)
{
    const struct image_site *site = &process.frame.image->site;
    const int64_t silent_ms = (int64_t)site->heartbeat_ms * site->misses;
    process.beat_ms = clock_now_ms();
    while (hear()) {
        process.frame.turning = clock_now_ms() - process.beat_ms <= silent_ms;
        tend_reading();
        for (uint32_t i = 0; i < process.claim_count; i++)
            coordinator_claim_turn(&process.claims[i]);
        tell();
        etcd_turn(process.frame.etcd, COMPANION_FD, TURN_MS);
    }
}

/* ---- beginning ---- */

static void add_claim(uint32_t main)
{
    if (image_servers(process.frame.image)[main].arbiter == IMAGE_COORDINATOR &&
        claim_of(main) == NULL)
        coordinator_claim_init(&process.claims[process.claim_count++], &process.frame, main);
}

static bool begin(void)
{
    const struct image *image = process.frame.image;
    const struct image_coordinator *entry = &image_coordinators(image)[0];
    const struct image_list own = image_servers(image)[process.frame.server].failovers;
    process.place = (struct etcd_place){.count = entry->endpoints.count,
                                        .ca = image_text(image, entry->ca),
                                        .cert = image_text(image, entry->cert),
                                        .key = image_text(image, entry->key)};
    for (uint32_t i = 0; i < entry->endpoints.count; i++)
        process.place.endpoints[i] =
            image_text(image, image_numbers(image)[entry->endpoints.first + i]);
    process.frame.etcd = etcd_open(&process.place);
    process.claims = calloc(own.count + 1, sizeof *process.claims);
    process.told = calloc(own.count + 1, sizeof *process.told);
    process.sights = malloc(own.count + 1);
    if (process.frame.etcd == NULL || process.claims == NULL || process.told == NULL ||
        process.sights == NULL)
        return false;
    memset(process.sights, DEALING_NONE, own.count + 1);
    process.frame.answered = on_answer;
    process.frame.troubled = on_trouble;
    add_claim(process.frame.server);
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        add_claim(image_failovers(image)[f].monitor);
    etcd_watch(process.frame.etcd, COORDINATOR_PREFIX "live/");
    return true;
}

int coordinator_process(int count, char **words)
{
    if (count != 3 && count != 4)
        return 2;
    process.frame.image = companion_begin("coordinator", words, &process.frame.server);
    if (process.frame.image == NULL)
        return 3;
    process.secrets = count == 4 ? words[3] : NULL;
    if (process.frame.image->coordinators.count != 1 || !begin()) {
        fprintf(stderr, "understudy: coordinator: out of memory\n");
        return 3;
    }
    run();
    return 0;
}
