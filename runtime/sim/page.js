/* The page: tabs, verdict, details, tables, and what the hand does. All text of the dry run reaches
 * the document as text, never as markup. */

const models = JSON.parse(document.getElementById("data").textContent).map(modelOf);
const at = (id) => document.getElementById(id);
let current = 0;
let view = null;

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {}))
    node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/* ---- window in time ---- */

function redraw() {
  const width = Math.max(at("rows").clientWidth, 280);
  const focused = document.activeElement && document.activeElement.dataset
    ? document.activeElement.dataset.fold : undefined;
  at("head").replaceChildren(drawHead(new Chart(models[current], view, width)));
  at("rows").replaceChildren(drawRows(new Chart(models[current], view, width)));
  if (focused)
    at("rows").querySelectorAll("[data-fold]").forEach((node) => {
      if (node.dataset.fold === focused)
        node.focus({preventScroll: true});
    });
}

function show(from, to) {
  const {lasts} = models[current];
  const span = Math.min(Math.max(to - from, Math.min(200, lasts)), lasts);
  view.from = Math.min(Math.max((from + to - span) / 2, 0), lasts - span);
  view.to = view.from + span;
  redraw();
}

function zoom(factor, centre) {
  const middle = centre === undefined ? (view.from + view.to) / 2 : centre;
  const {lasts} = models[current];
  const span = Math.min((view.to - view.from) * factor, lasts);
  const share = (middle - view.from) / (view.to - view.from);
  show(middle - span * share, middle + span * (1 - share));
}

function pan(share) {
  const by = (view.to - view.from) * share;
  const {lasts} = models[current];
  const from = Math.min(Math.max(view.from + by, 0), lasts - (view.to - view.from));
  show(from, from + view.to - view.from);
}

function showGaps() {
  const gaps = models[current].missing.flatMap((camera) => camera.gaps);
  if (gaps.length === 0)
    return show(0, models[current].lasts);
  const from = gaps.reduce((least, gap) => Math.min(least, gap.from_ms), Infinity);
  const to = gaps.reduce((most, gap) => Math.max(most, gap.to_ms), 0);
  return show(from - (to - from) * 0.15, to + (to - from) * 0.15);
}

/* ---- details ---- */

function facts(pairs) {
  const list = el("dl");
  for (const [name, value] of pairs)
    if (value !== undefined && value !== null && value !== "")
      list.append(el("dt", {}, name), el("dd", {}, value));
  return list;
}

function words(state) {
  return state.replace(/_/g, " ");
}

function ruleText(rule) {
  return rule ? el("span", {}, el("b", {}, rule), RULES[rule] ? ": " + RULES[rule] : "") : "";
}

function tellAct(number) {
  const act = models[current].outage.acts[number - 1];
  return act && [el("h3", {}, act.act),
    facts([["time", clockText(act.at_ms)], ["what", "done to the site by the outage file"],
      ["line", String(act.line)]])];
}

function tellEvent(number) {
  const event = models[current].outage.events[number - 1];
  return event && [el("h3", {}, words(event.from) + " \u2192 " + words(event.to)),
    el("p", {"class": "why"}, event.why),
    facts([["time", clockText(event.at_ms)], ["server", event.server], ["machine", event.machine],
      ["event", words(event.event)], ["rule", ruleText(event.rule)],
      ["epoch", event.epoch > 0 ? String(event.epoch) : ""],
      ["note", event.illegal ? "this event was not expected in this state" : ""]])];
}

function timesText(from, to) {
  return clockText(from) + " to " + clockText(to) + " (" + durationText(to - from) + ")";
}

function partsOf(gap) {
  const list = el("ol", {"class": "parts"});
  const length = gap.to_ms - gap.from_ms;
  for (const part of gap.parts) {
    const share = el("i", {"class": "share"});
    share.style.width = (100 * (part.to_ms - part.from_ms)) / length + "%";
    share.style.marginLeft = (100 * (part.from_ms - gap.from_ms)) / length + "%";
    list.append(el("li", {}, el("b", {}, durationText(part.to_ms - part.from_ms)),
      " " + part.why + " ", el("small", {title: RULES[part.rule] || ""}, part.rule), share));
  }
  return list;
}

/* What the machines of a camera did in a stretch of time: each a line that opens the event. */
function cameraEvents(camera, from, to) {
  const events = models[current].outage.events.filter((event) => event.at_ms >= from &&
    event.at_ms <= to && event.machine === "camera " + camera.name);
  if (events.length === 0)
    return [];
  return [el("h4", {}, "Meanwhile"), el("ul", {"class": "links"}, ...events.slice(0, 12).map(
    (event) => el("li", {}, link("event-" + (event.index + 1), clockText(event.at_ms) + "  " +
      event.server + ": " + words(event.from) + " \u2192 " + words(event.to)))))];
}

function tellGap(cameraNumber, gapNumber) {
  const camera = models[current].outage.cameras[cameraNumber - 1];
  const gap = camera && camera.gaps[gapNumber - 1];
  return gap && [el("h3", {}, camera.name + ": nobody records"), el("p", {"class": "why"}, gap.cause),
    facts([["time", timesText(gap.from_ms, gap.to_ms)], ["main", camera.main]]),
    el("h4", {}, "Made up of"), partsOf(gap), ...cameraEvents(camera, gap.from_ms, gap.to_ms)];
}

function tellSpan(cameraNumber, number) {
  const camera = models[current].outage.cameras[cameraNumber - 1];
  const stretch = camera && camera.stretches[number - 1];
  if (!stretch)
    return undefined;
  const files = camera.by.filter((span) => span.from_ms < stretch.to && span.to_ms > stretch.from);
  const carried = stretch.servers.every((server) => server !== camera.main);
  const list = el("ul", {"class": "links"}, ...files.map((span) => el("li", {}, span.server +
    (span.volume ? " on " + span.volume : "") + ", epoch " + span.epoch + ", " +
    timesText(span.from_ms, span.to_ms))));
  return [el("h3", {}, camera.name + ": recorded by " + stretch.servers.join(" and ")),
    el("p", {"class": "why"}, stretch.servers.length > 1 ? "Recorded by two servers at once."
      : carried ? stretch.servers[0] + " carries it in place of its main, " + camera.main + "."
        : "Its own main records it."),
    facts([["time", timesText(stretch.from, stretch.to)], ["main", camera.main]]),
    el("h4", {}, "Written as"), list, ...cameraEvents(camera, stretch.from, stretch.from)];
}

function tellShare(groupNumber, number) {
  const group = models[current].groups[groupNumber - 1];
  const share = group && group.shares[number - 1];
  if (!share)
    return undefined;
  const counts = [...share.servers].sort().map(([server, count]) => [server,
    plural(Math.round(count * 10) / 10, "camera")]);
  const causes = new Map();
  for (const camera of share.lost > 0 ? group.cameras : [])
    camera.gaps.forEach((gap, i) => {
      if (gap.from_ms < share.to && gap.to_ms > share.from && !causes.has(gap.cause))
        causes.set(gap.cause, {camera, gap, key: "gap-" + (camera.index + 1) + "-" + (i + 1)});
    });
  const told = [...causes.values()].slice(0, 6).flatMap(({camera, gap, key}) => [
    el("p", {"class": "why"}, gap.cause), partsOf(gap), el("p", {}, link(key, "see " + camera.name))]);
  return [el("h3", {}, group.main + ": " + plural(group.cameras.length, "camera")),
    facts([["time", timesText(share.from, share.to)], ...counts, ["nobody", share.lost > 0
      ? plural(share.lost, "camera") : ""], ["two at once", share.both > 0
      ? plural(share.both, "camera") : ""]]), ...told];
}

const TELLERS = {act: tellAct, event: tellEvent, gap: tellGap, span: tellSpan, share: tellShare};

function tell(key) {
  const match = /^(act|event|gap|span|share)-(\d+)(?:-(\d+))?$/.exec(key);
  return (match && TELLERS[match[1]](Number(match[2]), Number(match[3]))) || [];
}

function drawDetail() {
  const parts = view.keys.flatMap((key) => {
    const told = tell(key);
    return told.length > 0 ? [el("article", {"data-told": key}, ...told)] : [];
  });
  at("detail").classList.toggle("filled", parts.length > 0);
  if (parts.length === 0)
    parts.push(el("p", {"class": "hint"}, "Click a mark, a bar or a gap: here stands when it " +
      "happened, who decided it, and by which rule."));
  else
    parts.unshift(el("button", {type: "button", "class": "close", "aria-label": "Close"}, "\u00d7"));
  at("detail").replaceChildren(...parts);
  at("detail").scrollTop = 0;
}

function momentOf(key) {
  const [kind, first, second] = key.split("-");
  const {outage} = models[current];
  if (kind === "act")
    return outage.acts[first - 1].at_ms;
  if (kind === "event")
    return outage.events[first - 1].at_ms;
  return kind === "gap" ? outage.cameras[first - 1].gaps[second - 1].from_ms : undefined;
}

/* Opens what a key (or several, joined by +) stands for, and keeps it in the address. */
function open(keys) {
  view.keys = keys ? keys.split("+").filter((key) => tell(key).length > 0) : [];
  const moment = view.keys.length > 0 ? momentOf(view.keys[0]) : undefined;
  if (moment !== undefined && (moment < view.from || moment > view.to))
    show(moment - (view.to - view.from) / 2, moment + (view.to - view.from) / 2);
  else
    redraw();
  drawDetail();
  const tab = models.length > 1 ? current + 1 + "/" : "";
  history.replaceState(null, "", "#" + tab + view.keys.join("+"));
}

function link(key, text) {
  return el("button", {type: "button", "class": "link", "data-key": key}, text);
}

function step(direction) {
  const {moments} = models[current];
  const index = moments.findIndex((moment) => view.keys.includes(moment.key));
  const next = index < 0 ? (direction > 0 ? 0 : moments.length - 1) : index + direction;
  if (moments[next])
    open(moments[next].key);
}

/* ---- verdict ---- */

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
  const bad = outage.faults.length > 0 || model.broken.length > 0;
  const rows = outage.expectations.map((expectation) => el("li",
    {"class": expectation.held ? "held" : "broken"}, el("b", {}, expectation.held ? "held"
      : "not held"), " " + expectation.text + " ", el("span", {}, "found: " + expectation.found)));
  at("verdict").replaceChildren(
    el("h1", {}, outage.outage || "outage"),
    el("p", {"class": "verdict " + (bad ? "broken" : "held")}, verdictText(model),
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
  if (model.waits.length > 0)
    parts.push(part("The queue", true, () => table(["failover", "since", "waited", "until"],
      model.waits.map(queueRow))));
  if (outage.standbys.length > 0)
    parts.push(part("Standbys at their worst", true, () => table(["standby", "mains carried",
      "cameras", "network", "overloaded"], outage.standbys.map(standbyRow))));
  if (outage.failovers.length > 0)
    parts.push(part("Failovers", outage.failovers.length <= 20, () => table(["failover", "started",
      "carried", "queued", "flaps"], outage.failovers.map(failoverRow))));
  parts.push(part("Coverage of every camera", outage.cameras.length <= 40,
    () => cameras(outage.cameras)));
  parts.push(part("Everything that happened", false, () => eventsPart(model)));
  at("tables").replaceChildren(...parts);
}

/* ---- outages ---- */

function choose(index) {
  current = index;
  const model = models[current];
  view = {from: 0, to: model.lasts, keys: [], unfolded: new Set()};
  if (model.groups.length === 1 && model.outage.cameras.length <= 20)
    view.unfolded.add("main-0");
  [...at("tabs").children].forEach((tab, i) => {
    tab.setAttribute("aria-selected", String(i === index));
    tab.tabIndex = i === index ? 0 : -1;
  });
  document.title = (model.outage.outage || "outage") + " \u2013 failover dry run";
  at("fold").textContent = "Unfold all";
  drawVerdict(model);
  drawLegend(model);
  drawTables(model);
  drawDetail();
  redraw();
}

function drawTabs() {
  at("tabs").replaceChildren(...models.map((model, index) => {
    const tab = el("button", {type: "button", role: "tab", "class": model.broken.length > 0 ||
      model.outage.faults.length > 0 ? "broken" : "held"}, model.outage.outage || "outage");
    tab.addEventListener("click", () => {
      choose(index);
      open("");
    });
    return tab;
  }));
  at("tabs").hidden = models.length < 2;
  at("tabs").addEventListener("keydown", (event) => {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!by || !models[current + by])
      return;
    choose(current + by);
    open("");
    at("tabs").children[current].focus();
  });
}

/* "#2/event-12" is the twelfth event of the second outage, "#event-12" that of the first. */
function followAddress() {
  const match = /^#(?:(\d+)\/)?(.*)$/.exec(location.hash) || ["", "", ""];
  const index = Number(match[1] || 1) - 1;
  if (index !== current && models[index])
    choose(index);
  open(match[2]);
}

/* ---- hand and keyboard ---- */

const KEYS = {
  ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), "+": () => zoom(0.6), "=": () => zoom(0.6),
  "-": () => zoom(1 / 0.6), "0": () => show(0, models[current].lasts), n: () => step(1),
  p: () => step(-1), Escape: () => open(""),
};

function timeAt(clientX) {
  const chart = new Chart(models[current], view, Math.max(at("rows").clientWidth, 280));
  const x = clientX - at("rows").getBoundingClientRect().left;
  return view.from + ((x - chart.left) / (chart.right - chart.left)) * (view.to - view.from);
}

function watchPointers(chart) {
  const pointers = new Map();
  let moved = false;
  const span = () => {
    const [a, b] = [...pointers.values()];
    return b === undefined ? 0 : Math.max(Math.abs(a - b), 12);
  };
  chart.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event.clientX);
    moved = pointers.size > 1;
  });
  chart.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId))
      return;
    const before = pointers.get(event.pointerId);
    if (!moved && Math.abs(event.clientX - before) < 5)
      return;
    if (!moved)
      chart.setPointerCapture(event.pointerId);
    moved = true;
    const wide = span();
    const [from, to] = [timeAt(before), timeAt(event.clientX)];
    pointers.set(event.pointerId, event.clientX);
    if (pointers.size === 2)
      zoom(wide / span(), to);
    else
      pan((from - to) / (view.to - view.from));
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"])
    chart.addEventListener(end, (event) => pointers.delete(event.pointerId));
  return () => moved;
}

function watch() {
  const chart = at("chart");
  const wasDragged = watchPointers(chart);
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-key], [data-fold], [data-overview], .close");
    if (!target || (chart.contains(target) && wasDragged()))
      return;
    if (target.dataset.fold !== undefined)
      toggle(target.dataset.fold);
    else if (target.dataset.overview !== undefined)
      centre(event.clientX, target);
    else
      open(target.dataset.key || "");
  });
  chart.addEventListener("keydown", (event) => {
    const fold = event.target.dataset.fold;
    if (fold !== undefined && (event.key === "Enter" || event.key === " "))
      toggle(fold);
    else if (KEYS[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey)
      KEYS[event.key]();
    else
      return;
    event.preventDefault();
  });
  chart.addEventListener("dblclick", (event) => zoom(0.5, timeAt(event.clientX)));
  chart.addEventListener("wheel", (event) => {
    if (event.ctrlKey)
      zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event.clientX));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY))
      pan(event.deltaX / 800);
    else
      return;
    event.preventDefault();
  }, {passive: false});
}

function toggle(key) {
  if (!view.unfolded.delete(key))
    view.unfolded.add(key);
  redraw();
}

/* A click in the overview moves the window there. */
function centre(clientX, strip) {
  const box = strip.getBoundingClientRect();
  const middle = ((clientX - box.left) / box.width) * models[current].lasts;
  const half = (view.to - view.from) / 2;
  pan((middle - half - view.from) / (half * 2));
}

function toggleAll() {
  const all = view.unfolded.size === 0;
  view.unfolded.clear();
  if (all)
    models[current].groups.forEach((group, index) => view.unfolded.add("main-" + index));
  at("fold").textContent = all ? "Fold all" : "Unfold all";
  redraw();
}

function start() {
  at("page").hidden = false;
  if (models.length === 0) {
    at("page").replaceChildren(el("p", {}, "No outage was run."));
    return;
  }
  drawTabs();
  choose(0);
  watch();
  at("zoom-in").addEventListener("click", () => zoom(0.6));
  at("zoom-out").addEventListener("click", () => zoom(1 / 0.6));
  at("zoom-all").addEventListener("click", () => show(0, models[current].lasts));
  at("zoom-gaps").addEventListener("click", showGaps);
  at("fold").addEventListener("click", toggleAll);
  addEventListener("resize", redraw);
  addEventListener("beforeprint", redraw);
  addEventListener("hashchange", followAddress);
  if (location.hash.length > 1)
    followAddress();
}

start();
