"use strict";
/* What the page knows: times and figures as text, colours, and an outage in the form in which it is
 * drawn. Nothing here touches the document. */

const UNITS = [["d", 86400000], ["h", 3600000], ["min", 60000], ["s", 1000], ["ms", 1]];

/* 270000 is "4 min 30 s". */
function durationText(ms) {
  const parts = [];
  let rest = Math.round(ms);
  for (const [unit, unitMs] of UNITS) {
    if (rest >= unitMs)
      parts.push(Math.floor(rest / unitMs) + " " + unit);
    rest %= unitMs;
  }
  return parts.join(" ") || "0 s";
}

/* The time since the start of the outage: "00:12", with hours and milliseconds where there are any. */
function clockText(ms) {
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  const hours = ms >= 3600000 ? two(ms / 3600000) + ":" : "";
  const rest = ms % 1000 ? "." + String(ms % 1000).padStart(3, "0") : "";
  return hours + two((ms / 60000) % 60) + ":" + two((ms / 1000) % 60) + rest;
}

function plural(count, noun) {
  return count + " " + noun + (count === 1 ? "" : "s");
}

function rateText(bps) {
  return Number((bps / 1e6).toPrecision(4)) + " Mbit/s";
}

/* After Okabe and Ito, as in the picture; none of them red, the colour of a gap. */
const COLOURS = [["#0072b2", "#fff"], ["#e69f00", "#1a1a1a"], ["#009e73", "#fff"],
  ["#56b4e9", "#1a1a1a"], ["#cc79a7", "#1a1a1a"], ["#f0e442", "#1a1a1a"], ["#5c5c5c", "#fff"],
  ["#a6761d", "#fff"]];

/* Of the states of failovers and mains: those in which somebody waits are warm. */
const STATE_COLOURS = {
  unseen: "#9aa0a6", watching: "#9fc5b5", suspect: "#f0e442", queued: "#d55e00",
  taking_over: "#56b4e9", carrying: "#0072b2", holding: "#7f9fd6", returning: "#56b4e9",
  forced: "#cc79a7", keeping: "#7f9fd6", stopped: "#5c5c5c", logged_off: "#5c5c5c",
  off: "#5c5c5c", asking: "#f0e442", recording: "#9fc5b5", reclaiming: "#56b4e9", lent: "#cc79a7",
  disabled: "#5c5c5c", unloaded: "#5c5c5c", covered: "#9aa0a6", withheld: "#f0e442",
  isolated: "#9aa0a6", troubled: "#f0e442", replacing: "#0072b2", replaced: "#cc79a7",
  "no power": "#3a3a3a", "stands still": "#6f5b8c",
};

/* The rules of failover, for a reader who does not know them by number. */
const RULES = {
  R1: "a main is taken over when it stays silent for the whole expect_reconnection",
  R2: "the standby loads the cameras of the main and records them",
  R3: "only the objects that are selected are carried",
  R4: "a standby records on its own volumes",
  R5: "when the main is back, its cameras go back to it",
  R9: "a licence bound to servers has a grace period when cameras are carried",
  R11: "when the grace period is over, carried cameras are unloaded",
  R12: "back on their main, cameras have their full licence again",
  R13: "a main that logs off in good order is not taken over",
  R14: "so many failovers may run at once, and no more",
  R15: "beyond the limit, a main waits for a slot",
  R16: "START and STOP are published, also to programs of the user",
  R17: "an operator may start a failover at any time",
  R18: "after an operator's stop, a main must be seen alive before it is taken over again",
  R19: "a main never seen since the standby started is taken over only with transfer_if_no_ping",
  R20: "a disabled failover watches nothing",
  R21: "a standby that restarts goes on with what it carried",
  R22: "a main that starts asks its standbys before it records",
  R23: "if the carrier dies, another standby takes over after its own wait",
  R24: "several standbys of one main have an order",
  R25: "each server keeps its own cameras first",
  R26: "a link that comes back within the wait resets it; hold_down delays a return",
  R27: "the standby goes on until the main has each camera on disk",
  R28: "with failback = manual, the standby goes on until it is told to stop",
  R29: "a standby whose own network is at fault takes nothing over",
  R30: "if both live and cannot see each other, both record, apart from each other",
  R31: "each writer writes in a directory of its own, for each epoch a new one",
  R32: "a volume without its marker is not written to",
  R35: "a volume that is lost or full is replaced by the next one",
  R36: "a main that lives and does not record can be taken over too",
  R37: "the queue is served by priority, then by the time waited",
  R38: "what holds when the manager cannot be reached",
  R39: "a main that logs off while carried is not forgotten",
  R40: "a take-over that fails is tried again for retry_for",
  R41: "a new deployment is taken up while mains are carried",
  R42: "everything has a reason, and a camera's trouble is its own",
  R43: "waits run on the monotonic clock, whatever the wall clock does",
  R44: "what is decided is written down before it is done",
  R45: "a second view of a main can show that it is alive",
};

/* ---- who recorded ---- */

/* The stretches of a camera, each with the servers that record in all of it, in order of name. */
function stretchesOf(camera, lastsMs) {
  const cuts = new Set([0, lastsMs]);
  for (const span of camera.by)
    cuts.add(span.from_ms).add(span.to_ms);
  const times = [...cuts].sort((a, b) => a - b);
  const stretches = [];
  for (let i = 0; i + 1 < times.length; i++) {
    const servers = [...new Set(camera.by
      .filter((span) => span.from_ms <= times[i] && span.to_ms >= times[i + 1])
      .map((span) => span.server))].sort();
    const last = stretches[stretches.length - 1];
    if (last && last.servers.join("\n") === servers.join("\n"))
      last.to = times[i + 1];
    else
      stretches.push({from: times[i], to: times[i + 1], servers});
  }
  return stretches;
}

/* The stretches of all cameras of a main as shares: how many cameras each server records, and how
 * many nobody does. */
function sharesOf(cameras) {
  const times = [...new Set(cameras.flatMap((camera) => camera.stretches)
    .flatMap((stretch) => [stretch.from, stretch.to]))].sort((a, b) => a - b);
  const shares = times.slice(0, -1).map((from, i) => (
    {from, to: times[i + 1], lost: 0, both: 0, servers: new Map()}));
  const index = new Map(times.map((time, i) => [time, i]));
  for (const camera of cameras)
    for (const stretch of camera.stretches)
      for (let i = index.get(stretch.from); i < index.get(stretch.to); i++) {
        const share = shares[i];
        share.lost += stretch.servers.length === 0;
        share.both += stretch.servers.length > 1;
        for (const server of stretch.servers)
          share.servers.set(server,
            (share.servers.get(server) || 0) + 1 / stretch.servers.length);
      }
  return shares;
}

function groupsOf(outage) {
  const groups = new Map();
  outage.cameras.forEach((camera, index) => {
    camera.index = index;
    camera.stretches = stretchesOf(camera, outage.lasts_ms);
    if (!groups.has(camera.main))
      groups.set(camera.main, {main: camera.main, cameras: []});
    groups.get(camera.main).cameras.push(camera);
  });
  for (const group of groups.values()) {
    group.shares = sharesOf(group.cameras);
    group.missing = group.cameras.filter((camera) => camera.gap_ms > 0).length;
    group.touched = group.cameras.some((camera) => camera.stretches.length > 1);
  }
  return [...groups.values()];
}

/* ---- machines ---- */

/* What acts do to the lane of a server: without power it has no state, standing still it keeps the
 * one that it had. A wake comes before what follows from it, the others after what led to them. */
function changesOf(lane, acts) {
  const of = (word, state) => acts.filter((act) => act.act === word + " " + lane.server)
    .map((act) => ({at: act.at_ms, state}));
  const before = (at) => lane.events.filter((event) => event.at_ms < at)
    .reduce((state, event) => event.to, lane.events[0].from);
  return [...of("wake").map(({at}) => ({at, state: before(at)})),
    ...lane.events.map((event) => ({at: event.at_ms, state: event.to, event})),
    ...of("fail", "no power"), ...of("pause", "stands still")].sort((a, b) => a.at - b.at);
}

/* A lane for each failover and main that had a transition: its states over time. */
function lanesOf(outage) {
  const lanes = new Map();
  outage.events.forEach((event, index) => {
    event.index = index;
    if (event.machine.startsWith("camera "))
      return;
    const key = event.server + "\n" + event.machine;
    if (!lanes.has(key))
      lanes.set(key, {name: event.machine, server: event.server, events: [], states: []});
    lanes.get(key).events.push(event);
  });
  for (const lane of lanes.values()) {
    const changes = changesOf(lane, outage.acts);
    let state = {from: 0, state: lane.events[0].from};
    for (const change of [...changes, {at: outage.lasts_ms}]) {
      if (change.at > state.from)
        lane.states.push({...state, to: change.at});
      state = {from: change.at, state: change.state, event: change.event};
    }
  }
  const isMain = (lane) => lane.name.startsWith("main ");
  return [...lanes.values()].sort((a, b) => isMain(a) - isMain(b));
}

/* Where there are more servers than colours, only those that carry have one of their own, and all
 * that record their own cameras have the first. */
function paletteOf(outage) {
  const names = [...new Set(outage.cameras.flatMap(
    (camera) => [camera.main, ...camera.by.map((span) => span.server)]))].sort();
  const byRole = names.length > COLOURS.length;
  const carriers = new Set(outage.cameras.flatMap((camera) => camera.by
    .map((span) => span.server).filter((server) => server !== camera.main)));
  const colours = new Map();
  let next = 0;
  for (const name of names)
    if (!byRole)
      colours.set(name, COLOURS[colours.size]);
    else if (carriers.has(name))
      colours.set(name, COLOURS[1 + next++ % (COLOURS.length - 1)]);
  return {
    byRole, colours,
    of: (server, main) => (byRole && server === main ? COLOURS[0] : colours.get(server)),
  };
}

/* Whatever can be clicked on as one moment: acts and transitions, by time. */
function momentsOf(outage) {
  return [...outage.acts.map((act, index) => ({at: act.at_ms, key: "act-" + (index + 1)})),
    ...outage.events.filter((event) => !event.machine.startsWith("camera "))
      .map((event) => ({at: event.at_ms, key: "event-" + (event.index + 1)}))]
    .sort((a, b) => a.at - b.at);
}

function waitsOf(lanes) {
  return lanes.flatMap((lane) => lane.states
    .filter((state) => state.state === "queued").map((state) => ({...state, lane})));
}

/* Whether it went as expected: "open" if nothing is expected. */
function fateOf(outage) {
  if (outage.faults.length > 0 || outage.expectations.some((expectation) => !expectation.held))
    return "broken";
  return outage.expectations.length > 0 ? "held" : "open";
}

function modelOf(outage) {
  const lanes = lanesOf(outage);
  return {
    outage, lanes, fate: fateOf(outage), groups: groupsOf(outage), palette: paletteOf(outage),
    moments: momentsOf(outage), waits: waitsOf(lanes), lasts: outage.lasts_ms,
    worst: outage.cameras.reduce((a, b) => (a && a.gap_ms >= b.gap_ms ? a : b), null),
    missing: outage.cameras.filter((camera) => camera.gap_ms > 0),
    broken: outage.expectations.filter((expectation) => !expectation.held),
  };
}
