/* The host of a chart: it says what the words of a chart do, and steps the machine by one event. The same for every
 * machine, only the name differs; the chart beside it says what happens when. Compile both by hand with
 *
 *     ragel -F1 -L -o machine_@SHAPE@.c machine_@SHAPE@.rl
 *
 * The machine carries nothing out: an effect is put on the list of the step, in the order in which the chart names it.
 */
#include "machine.h"

/* Ragel's number of each of our states, 0 for a state that this machine does not have. Ragel numbers anew whenever a chart
 * changes, so its numbers never leave this file; the mark of a state (in_...) writes our own stable code. */
extern const uint8_t @SHAPE@_ragel_state[MACHINE_STATES_MAX];

void @SHAPE@_step(uint8_t state, uint8_t event, struct machine_step *step);

static void put(struct machine_step *step, enum machine_effect effect)
{
    step->effects[step->effect_count++] = (uint8_t)effect;
}

%%{
    machine @SHAPE@;
    alphtype unsigned char;

    action ignore  { step->verdict = VERDICT_IGNORE; }
    action illegal { step->verdict = VERDICT_ILLEGAL; }
    action outside { step->verdict = VERDICT_ABSENT; }

    action wait_start      { put(step, EFFECT_WAIT_START); }
    action wait_last       { put(step, EFFECT_WAIT_LAST); }
    action wait_cancel     { put(step, EFFECT_WAIT_CANCEL); }
    action hold_start      { put(step, EFFECT_HOLD_START); }
    action retry_start     { put(step, EFFECT_RETRY_START); }
    action view_wait       { put(step, EFFECT_VIEW_WAIT); }
    action count_flap      { put(step, EFFECT_COUNT_FLAP); }
    action arm             { put(step, EFFECT_ARM); }
    action disarm          { put(step, EFFECT_DISARM); }
    action slot_ask        { put(step, EFFECT_SLOT_ASK); }
    action slot_take       { put(step, EFFECT_SLOT_TAKE); }
    action slot_free       { put(step, EFFECT_SLOT_FREE); }
    action slot_yield      { put(step, EFFECT_SLOT_YIELD); }
    action licence_start   { put(step, EFFECT_LICENCE_START); }
    action licence_stop    { put(step, EFFECT_LICENCE_STOP); }
    action claim           { put(step, EFFECT_CLAIM); }
    action claim_ask       { put(step, EFFECT_CLAIM_ASK); }
    action claim_wait      { put(step, EFFECT_CLAIM_WAIT); }
    action carry           { put(step, EFFECT_CARRY); }
    action drop            { put(step, EFFECT_DROP); }
    action offer           { put(step, EFFECT_OFFER); }
    action keep            { put(step, EFFECT_KEEP); }
    action lend            { put(step, EFFECT_LEND); }
    action answer_free     { put(step, EFFECT_ANSWER_FREE); }
    action publish_start   { put(step, EFFECT_PUBLISH_START); }
    action publish_stop    { put(step, EFFECT_PUBLISH_STOP); }
    action replace         { put(step, EFFECT_REPLACE); }
    action fill            { put(step, EFFECT_FILL); }
    action say_claim       { put(step, EFFECT_SAY_CLAIM); }
    action say_let_go      { put(step, EFFECT_SAY_LET_GO); }
    action say_forbid      { put(step, EFFECT_SAY_FORBID); }
    action ask             { put(step, EFFECT_ASK); }
    action ask_cancel      { put(step, EFFECT_ASK_CANCEL); }
    action reclaim         { put(step, EFFECT_RECLAIM); }
    action record_own      { put(step, EFFECT_RECORD_OWN); }
    action record_unlent   { put(step, EFFECT_RECORD_UNLENT); }
    action record_rest     { put(step, EFFECT_RECORD_REST); }
    action release_single  { put(step, EFFECT_RELEASE_SINGLE); }
    action stop_own        { put(step, EFFECT_STOP_OWN); }
    action say_left        { put(step, EFFECT_SAY_LEFT); }
    action order_arm       { put(step, EFFECT_ORDER_ARM); }
    action order_disarm    { put(step, EFFECT_ORDER_DISARM); }
    action order_record    { put(step, EFFECT_ORDER_RECORD); }
    action order_stop      { put(step, EFFECT_ORDER_STOP); }
    action tell_on_disk    { put(step, EFFECT_TELL_ON_DISK); }

    include @SHAPE@ "chart_@SHAPE@.rl";

    # An event that this machine does not know at all would leave Ragel in its error state for good.
    main := chart $!outside;

    write data nofinal noentry;
}%%

void @SHAPE@_step(uint8_t state, uint8_t event, struct machine_step *step)
{
    const uint8_t *p = &event;
    const uint8_t *const pe = p + 1;
    const uint8_t *const eof = 0;
    int cs = state < MACHINE_STATES_MAX ? @SHAPE@_ragel_state[state] : @SHAPE@_error;

    *step = (struct machine_step){.verdict = VERDICT_MOVE, .to = state};
    if (cs == @SHAPE@_error) {
        step->verdict = VERDICT_ABSENT;
        return;
    }

    %% write exec;
}
