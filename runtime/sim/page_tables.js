/* Verdict, legend and tables: all that the timeline shows, to be read. */

function tile(kind, figure, text) {
  return el("div", {"class": "tile " + kind}, el("b", {}, figure), el("span", {}, text));
}

function tilesOf(model) {
  const {outage, missing, worst} = model;
  const all = outage.cameras.length;
  const recorded = outage.cameras.reduce((sum, camera) => sum + camera.recorded_ms, 0);
  const share = all > 0 ? (100 * recorded) / (all * model.lasts) : 100;
  const over = outage.standbys.reduce((sum, standby) => sum + standby.overloaded_ms, 0);
  const waits = model.waits.map((wait) => wait.to - wait.from);
  const tiles = [tile(missing.length ? "bad" : "good", missing.length + " of " + all,
    "cameras miss something"),
    tile("", (share === 100 ? "100" : (Math.floor(share * 1000) / 1000).toFixed(3)) + " %",
      "of all footage is recorded")];
  if (worst && worst.gap_ms > 0)
    tiles.push(tile("bad", durationText(worst.gap_ms), "is the most, by " + worst.name));
  if (waits.length > 0)
    tiles.push(tile("", durationText(Math.max(...waits)), "is the longest wait for a slot"));
  tiles.push(tile(over > 0 ? "bad" : "good", over > 0 ? durationText(over) : "never",
    "a standby is overloaded"));
  return el("div", {"class": "tiles"}, ...tiles);
}

function verdictText(model) {
  const all = model.outage.expectations.length;
  const broken = model.broken.length;
  if (model.outage.faults.length > 0)
    return "Understudy itself is at fault";
  if (all === 0)
    return "Nothing is expected of it";
  return broken === 0 ? "Every expectation is held" : broken + " of " + all + " expectations " +
    (broken === 1 ? "is" : "are") + " not held";
}

function drawVerdict(model) {
  const {outage} = model;
  const rows = outage.expectations.map((expectation) => el("li",
    {"class": expectation.held ? "held" : "broken"}, el("b", {}, expectation.held ? "held"
      : "not held"), " " + expectation.text + " ", el("span", {}, "found: " + expectation.found)));
  at("verdict").replaceChildren(
    el("h1", {}, outage.outage || "outage"),
    el("p", {"class": "verdict " + model.fate}, verdictText(model),
      el("span", {}, durationText(model.lasts) + ", " + plural(outage.cameras.length, "camera"))),
    tilesOf(model),
    ...outage.faults.map((fault) => el("p", {"class": "fault"}, fault)),
    ...(rows.length > 0 ? [el("ul", {"class": "expectations"}, ...rows)] : []));
}

function drawLegend(model) {
  const {palette} = model;
  const entry = (fill, text) => {
    const swatch = el("i", {"class": fill ? "" : "gap"});
    swatch.style.background = fill;
    return el("span", {}, swatch, text);
  };
  at("legend").replaceChildren(
    ...(palette.byRole ? [entry(COLOURS[0][0], "its main records")] : []),
    ...[...palette.colours].slice(0, 24).map(([server, colour]) => entry(colour[0],
      server + (palette.byRole ? " carries it" : " records"))),
    entry("", "nobody records"));
}

/* ---- tables ---- */

function table(titles, rows) {
  return el("div", {"class": "wide"}, el("table", {}, el("thead", {}, el("tr", {},
    ...titles.map((title) => el("th", {scope: "col"}, title)))), el("tbody", {}, ...rows.map((row) =>
    el("tr", {}, ...row.map((cell) => el("td", {}, ...[].concat(cell))))))));
}

/* Of a long list, what had nothing to suffer is one line. */
function tableOfBusy(titles, list, row, isQuiet, text) {
  const quiet = list.filter(isQuiet);
  if (quiet.length <= 8)
    return table(titles, list.map(row));
  return el("div", {}, table(titles, list.filter((entry) => !isQuiet(entry)).map(row)),
    el("p", {}, quiet.length + " " + (quiet.length < list.length ? "others " : "") + text));
}

/* A part that folds; its content is made when it is opened first. */
function part(title, open, make) {
  const node = el("details", {"data-part": title}, el("summary", {}, el("h2", {}, title)));
  const fill = () => node.childElementCount > 1 || node.append(make());
  node.addEventListener("toggle", fill);
  node.open = open;
  if (open)
    fill();
  return node;
}

function cameraRow(camera) {
  return [camera.name, camera.main, durationText(camera.recorded_ms), camera.gap_ms > 0
    ? camera.gaps.map((gap, i) => link("gap-" + (camera.index + 1) + "-" + (i + 1),
      durationText(gap.to_ms - gap.from_ms) + " from " + clockText(gap.from_ms))) : "none",
  camera.double_ms > 0 ? durationText(camera.double_ms) : ""];
}

function figureText(peak, capacity, text) {
  return text(peak) + (capacity ? " of " + text(capacity) : "");
}

function standbyRow(standby) {
  return [standby.name, String(standby.peak_mains),
    figureText(standby.peak_cameras, standby.capacity_cameras, String),
    standby.peak_network_bps > 0 || standby.capacity_network_bps
      ? figureText(standby.peak_network_bps, standby.capacity_network_bps, rateText) : "",
    standby.overloaded_ms > 0 ? el("b", {"class": "alarm"}, durationText(standby.overloaded_ms))
      : "never"];
}

function failoverRow(failover) {
  return [failover.name, String(failover.starts), durationText(failover.carried_ms),
    failover.queued_ms > 0 ? durationText(failover.queued_ms) : "", failover.flaps > 0
      ? String(failover.flaps) : ""];
}

function licenceRow(licence) {
  return [licence.failover, clockText(licence.from_ms), licence.left,
    durationText(licence.to_ms - licence.from_ms), licence.expired
      ? el("b", {"class": "alarm"}, "expired at " + clockText(licence.to_ms)) : licence.left_at_end];
}

function volumeRow(entry) {
  return [entry.server, entry.volume, durationText(entry.recorded_ms), String(entry.cameras),
    entry.fallback ? "the fallback; it is moved back later" : "the next in its list"];
}

function alarmRow(alarm) {
  return [clockText(alarm.from_ms), alarm.server, el("b", {"class": "alarm"}, alarm.why),
    durationText(alarm.to_ms - alarm.from_ms)];
}

function queueRow(wait) {
  const granted = models[current].outage.events.find((event) => event.at_ms === wait.to &&
    event.machine === wait.lane.name && event.from === "queued");
  return [wait.lane.name.replace(/^failover /, ""), link("event-" + (wait.event ?
    wait.event.index + 1 : 1), clockText(wait.from)), durationText(wait.to - wait.from), granted
    ? link("event-" + (granted.index + 1), granted.why) : "until the end of the outage"];
}

function eventRow(event) {
  return [link("event-" + (event.index + 1), clockText(event.at_ms)), event.server, event.machine,
    words(event.from) + " \u2192 " + words(event.to), event.rule || "", event.why];
}

function eventsPart(model) {
  const {events} = model.outage;
  const plain = events.filter((event) => !event.machine.startsWith("camera "));
  const places = el("div");
  const fill = (cameras) => places.replaceChildren(table(["time", "server", "machine", "change",
    "rule", "why"], (cameras ? events : plain).slice(0, 5000).map(eventRow)),
    ...(cameras && events.length > 5000 ? [el("p", {}, "the first 5000 of " + events.length)] : []));
  const box = el("input", {type: "checkbox"});
  box.addEventListener("change", () => fill(box.checked));
  fill(false);
  return el("div", {}, el("p", {}, el("label", {}, box, " show what each camera does too (" +
    plural(events.length - plain.length, "event") + ")")), places);
}

function drawTables(model) {
  const {outage} = model;
  const cameras = (list) => table(["camera", "main", "recorded", "gaps", "recorded twice"],
    list.map(cameraRow));
  const parts = [];
  if (outage.alarms.length > 0)
    parts.push(part("Alarms", true, () => table(["time", "server", "what", "for"],
      outage.alarms.map(alarmRow))));
  if (model.waits.length > 0)
    parts.push(part("The queue", true, () => table(["failover", "since", "waited", "until"],
      model.waits.map(queueRow))));
  if (outage.standbys.length > 0)
    parts.push(part("Standbys at their worst", true, () => tableOfBusy(["standby",
      "mains carried", "cameras", "network", "overloaded"], outage.standbys, standbyRow,
      (standby) => standby.peak_mains === 0 && standby.overloaded_ms === 0, "carry nothing")));
  if (outage.failovers.length > 0)
    parts.push(part("Failovers", true, () => tableOfBusy(["failover", "started", "carried",
      "queued", "flaps"], outage.failovers, failoverRow, (failover) => failover.starts === 0 &&
      failover.queued_ms === 0 && failover.flaps === 0, "never start")));
  if (outage.licences.length > 0)
    parts.push(part("Licences", true, () => table(["failover", "since", "left then", "ran for",
      "left at its end"], outage.licences.map(licenceRow))));
  if (outage.volumes.length > 0)
    parts.push(part("Volumes other than the first", true, () => table(["server", "volume",
      "recorded", "cameras", "why"], outage.volumes.map(volumeRow))));
  parts.push(part("Coverage of every camera", outage.cameras.length <= 40,
    () => cameras(outage.cameras)));
  parts.push(part("Everything that happened", false, () => eventsPart(model)));
  at("tables").replaceChildren(...parts);
}
