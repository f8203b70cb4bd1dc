/* The chart: an SVG that is drawn anew whenever the window in time changes. */

const SVG_NAMES = "http://www.w3.org/2000/svg";
const LEAST_WIDTH = 1.6; /* so that nothing that was is invisible */

function svgNew(tag, attributes, text) {
  const node = document.createElementNS(SVG_NAMES, tag);
  for (const [key, value] of Object.entries(attributes || {}))
    node.setAttribute(key, value);
  if (text !== undefined)
    node.textContent = text;
  return node;
}

/* What is clicked on, and opened by its key. */
function openable(node, key, title) {
  node.dataset.key = key;
  node.classList.add("open");
  if (title)
    node.append(svgNew("title", {}, title));
  return node;
}

/* Room for the names of rows. */
function nameWidth(model) {
  const names = [...model.lanes.map((lane) => lane.name),
    ...model.groups.map((group) => group.main + " (16, 16 miss)"),
    ...model.outage.cameras.map((camera) => camera.name)];
  const longest = names.reduce((most, name) => Math.max(most, name.length), 0);
  return Math.min(Math.max(longest * 6.9 + 30, 176), 250);
}

class Chart {
  constructor(model, view, width) {
    this.model = model;
    this.view = view;
    this.width = width;
    this.narrow = width < 620;
    this.left = this.narrow ? 10 : nameWidth(model);
    this.right = width - (this.narrow ? 10 : 14);
    this.y = 0;
    this.root = svgNew("svg", {width, "class": "chart"});
    this.root.append(hatch());
  }

  x(ms) {
    const {from, to} = this.view;
    return this.left + ((ms - from) / (to - from)) * (this.right - this.left);
  }

  /* The visible part of a stretch of time, or null. */
  box(from, to) {
    if (to <= this.view.from || from >= this.view.to)
      return null;
    const x = Math.max(this.x(from), this.left);
    return {x, width: Math.max(Math.min(this.x(to), this.right) - x, LEAST_WIDTH)};
  }

  add(node) {
    this.root.append(node);
    return node;
  }

  text(x, y, kind, text, most) {
    const fits = Math.floor((most || 1000) / 6.6);
    const shown = text.length > fits ? text.slice(0, Math.max(fits - 1, 1)) + "\u2026" : text;
    const node = this.add(svgNew("text", {x, y, "class": kind}, shown));
    if (shown !== text)
      node.append(svgNew("title", {}, text));
    return node;
  }

  rect(box, y, height, fill, kind) {
    return this.add(svgNew("rect", {x: box.x.toFixed(2), y: y.toFixed(2),
      width: box.width.toFixed(2), height: height.toFixed(2), fill, "class": kind || ""}));
  }

  /* The name of a row beside its bar, or above it where there is no room; returns the bar's top. */
  label(text, height, indent, kind) {
    if (this.narrow) {
      this.text(indent, this.y + 11, kind || "name", text, this.width - indent);
      this.y += 15;
    } else {
      this.text(indent, this.y + height / 2 + 4, kind || "name", text, this.left - indent - 10);
    }
    return this.y;
  }

  finish() {
    this.root.setAttribute("height", Math.ceil(this.y));
    this.root.setAttribute("viewBox", "0 0 " + this.width + " " + Math.ceil(this.y));
    return this.root;
  }
}

function hatch() {
  const defs = svgNew("defs");
  const pattern = svgNew("pattern", {id: "hatch", width: 6, height: 6,
    patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"});
  pattern.append(svgNew("rect", {width: 6, height: 6, fill: "#fde0dd"}),
    svgNew("rect", {width: 2.6, height: 6, fill: "#cb181d"}));
  defs.append(pattern);
  return defs;
}

/* ---- head: the whole, the axis, the acts ---- */

const STEPS_MS = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000, 60000, 120000,
  300000, 600000, 900000, 1800000, 3600000, 7200000, 14400000, 21600000, 43200000, 86400000,
  172800000, 604800000, 2592000000];

function axisTimes(chart) {
  const {from, to} = chart.view;
  const most = Math.max(2, Math.floor((chart.right - chart.left) / 84));
  const step = STEPS_MS.find((ms) => (to - from) / ms <= most) || STEPS_MS[STEPS_MS.length - 1];
  const times = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step)
    times.push(at);
  return times;
}

/* A small picture of the whole outage, with the window in it. */
function drawOverview(chart) {
  const {model, view} = chart;
  const scale = (ms) => chart.left + (ms / model.lasts) * (chart.right - chart.left);
  const height = 18;
  const strip = chart.rect({x: chart.left, width: chart.right - chart.left}, 2, height, "", "strip");
  strip.dataset.overview = "";
  for (const camera of model.missing.slice(0, 400))
    for (const gap of camera.gaps)
      chart.rect({x: scale(gap.from_ms), width: Math.max(scale(gap.to_ms) - scale(gap.from_ms), 2)},
        5, height - 6, "#cb181d", "passive");
  for (const act of model.outage.acts)
    chart.rect({x: scale(act.at_ms) - 0.75, width: 1.5}, 2, height, "", "tick passive");
  chart.rect({x: scale(view.from), width: Math.max(scale(view.to) - scale(view.from), 3)}, 1.5,
    height + 1, "none", "window passive");
  if (!chart.narrow)
    chart.text(0, 15, "soft", "whole, " + durationText(model.lasts), chart.left - 8);
  chart.y = height + 8;
}

/* Marks that would touch each other are one, with their number on it. */
function drawMarks(chart, marks, y, kind) {
  const radius = 7;
  let last = null;
  for (const mark of marks) {
    if (mark.at < chart.view.from || mark.at > chart.view.to)
      continue;
    const x = chart.x(mark.at);
    if (last && x - last.x < radius * 2 + 1)
      last.marks.push(mark);
    else
      drawMarkGroup(chart, last, y, kind, radius), last = {x, marks: [mark]};
  }
  drawMarkGroup(chart, last, y, kind, radius);
}

function drawMarkGroup(chart, group, y, kind, radius) {
  if (!group)
    return;
  const {x, marks} = group;
  const node = chart.add(svgNew("g", {"class": "mark " + kind}));
  node.append(svgNew("circle", {cx: x, cy: y, r: radius + 5, "class": "reach"}),
    svgNew("circle", {cx: x, cy: y, r: radius}));
  if (marks.length > 1)
    node.append(svgNew("text", {x, y: y + 3.5, "text-anchor": "middle"}, String(marks.length)));
  openable(node, marks.map((mark) => mark.key).join("+"),
    marks.map((mark) => clockText(mark.at) + "  " + mark.text).join("\n"));
  if (marks.some((mark) => chart.view.keys.includes(mark.key)))
    node.classList.add("chosen");
}

function drawHead(chart) {
  const {model} = chart;
  drawOverview(chart);
  for (const at of axisTimes(chart)) {
    const x = chart.x(at);
    const anchor = x - chart.left < 24 ? "start" : chart.right - x < 24 ? "end" : "middle";
    chart.add(svgNew("text", {x, y: chart.y + 10, "class": "soft", "text-anchor": anchor},
      clockText(at)));
  }
  chart.y += 16;
  const height = chart.narrow ? 20 : 24;
  const top = chart.label("what is done to the site", height, 0, "group");
  chart.rect({x: chart.left, width: chart.right - chart.left}, top + height / 2 - 0.5, 1, "",
    "tick passive");
  drawMarks(chart, model.outage.acts.map((act, index) => (
    {at: act.at_ms, key: "act-" + (index + 1), text: act.act})), top + height / 2, "act");
  chart.y += height + 4;
  return chart.finish();
}

/* ---- rows ---- */

/* The head of a part that folds. */
function drawFold(chart, key, text) {
  const open = chart.view.unfolded.has(key);
  const node = chart.add(svgNew("g", {"class": "fold", tabindex: 0, role: "button",
    "aria-expanded": String(open), "aria-label": text}));
  node.dataset.fold = key;
  node.append(svgNew("rect", {x: 0, y: chart.y, width: chart.narrow ? chart.width : chart.left - 8,
    height: 20, fill: "transparent"}));
  node.append(svgNew("path", {d: open ? "M2 7h9l-4.5 6z" : "M4 5l6 5l-6 5z",
    transform: "translate(0," + chart.y + ")"}));
  const fits = Math.floor(((chart.narrow ? chart.width : chart.left) - 26) / 6.9);
  node.append(svgNew("text", {x: 15, y: chart.y + 14, "class": "group"},
    text.length > fits ? text.slice(0, fits - 1) + "\u2026" : text));
  node.append(svgNew("title", {}, text));
  if (chart.narrow)
    chart.y += 19;
  return open;
}

function drawSection(chart, title) {
  chart.y += 10;
  chart.text(0, chart.y + 11, "section", title);
  chart.y += 20;
}

function drawBarText(chart, box, y, height, ink, text) {
  if (height >= 11 && box.width > text.length * 6.4 + 14)
    chart.add(svgNew("text", {x: box.x + box.width / 2, y: y + height / 2 + 3.7,
      "text-anchor": "middle", "class": "in"}, text)).style.fill = ink;
}

function drawGroup(chart, group, index) {
  const height = 18;
  const fates = group.missing > 0 ? ", " + group.missing + " miss" + (group.missing === 1 ? "es" : "")
    : "";
  const open = drawFold(chart, "main-" + index, group.main + "  (" + group.cameras.length +
    fates + ")");
  const top = chart.y;
  const count = group.cameras.length;
  group.shares.forEach((share, number) => {
    const box = chart.box(share.from, share.to);
    if (!box)
      return;
    const key = "share-" + (index + 1) + "-" + (number + 1);
    let y = top;
    for (const [server, cameras] of [...share.servers].sort()) {
      const part = (height * cameras) / count;
      const [fill, ink] = chart.model.palette.of(server, group.main);
      openable(chart.rect(box, y, part, fill), key);
      drawBarText(chart, box, y, part, ink, server);
      y += part;
    }
    if (share.lost > 0) {
      openable(chart.rect(box, y, top + height - y, "url(#hatch)"), key);
      const text = durationText(share.to - share.from);
      if (box.width > text.length * 6 + 6 && top + height - y > 12)
        drawLength(chart, box, y + (top + height - y) / 2, text);
    }
    if (chart.view.keys.includes(key))
      chart.rect(box, top, height, "none", "frame passive");
  });
  chart.y = top + height + (chart.narrow ? 10 : 7);
  if (open)
    for (const camera of group.cameras)
      drawCamera(chart, camera, count > 40);
}

function drawLength(chart, box, y, text) {
  const width = text.length * 6 + 4;
  chart.rect({x: box.x + (box.width - width) / 2, width}, y - 6.5, 13, "", "paper passive");
  chart.add(svgNew("text", {x: box.x + box.width / 2, y: y + 3.7, "text-anchor": "middle",
    "class": "length passive"}, text));
}

function drawCamera(chart, camera, dense) {
  const height = dense ? 11 : 15;
  const top = chart.label(camera.name, height, chart.narrow ? 15 : 15);
  let gapIndex = 0;
  camera.stretches.forEach((stretch, number) => {
    const box = chart.box(stretch.from, stretch.to);
    const lost = stretch.servers.length === 0;
    const key = lost ? "gap-" + (camera.index + 1) + "-" + ++gapIndex
      : "span-" + (camera.index + 1) + "-" + (number + 1);
    if (!box)
      return;
    if (lost)
      openable(chart.rect(box, top, height, "url(#hatch)"), key);
    stretch.servers.forEach((server, i) => {
      const part = height / stretch.servers.length;
      const [fill, ink] = chart.model.palette.of(server, camera.main);
      openable(chart.rect(box, top + i * part, part, fill), key);
      drawBarText(chart, box, top + i * part, part, ink, server);
    });
    const text = durationText(stretch.to - stretch.from);
    if (lost && height > 12 && box.width > text.length * 6 + 6)
      drawLength(chart, box, top + height / 2, text);
    if (chart.view.keys.includes(key))
      chart.rect(box, top, height, "none", "frame passive");
  });
  chart.y = top + height + (dense ? 3 : chart.narrow ? 9 : 5);
}

function drawLane(chart, lane) {
  const height = 16;
  const top = chart.label(lane.name, height, chart.narrow ? 0 : 15);
  for (const state of lane.states) {
    const box = chart.box(state.from, state.to);
    if (!box)
      continue;
    const fill = STATE_COLOURS[state.state] || "#9aa0a6";
    const node = chart.rect(box, top, height, fill);
    if (state.event)
      openable(node, "event-" + (state.event.index + 1));
    const dark = ["#0072b2", "#5c5c5c", "#3a3a3a"].includes(fill);
    drawBarText(chart, box, top, height, dark ? "#fff" : "#1a1a1a", state.state.replace(/_/g, " "));
  }
  drawMarks(chart, lane.events.map((event) => ({at: event.at_ms, key: "event-" + (event.index + 1),
    text: event.from + " \u2192 " + event.to})), top + height / 2, "move");
  chart.y = top + height + 8;
}

/* ---- licences ---- */

/* The grace of a failover runs down: the bar is as high as what is left of the most that it had. */
function drawLicence(chart, failover, licences) {
  const height = 30;
  const top = chart.label("licence of " + failover, 16, chart.narrow ? 0 : 15) + 2;
  const most = Math.max(...licences.map((licence) => licence.left_ms), 1);
  const y = (left) => top + height - (height * Math.max(left, 0)) / most;
  chart.rect({x: chart.left, width: chart.right - chart.left}, top, height, "", "ground");
  for (const licence of licences) {
    const from = Math.max(licence.from_ms, chart.view.from);
    const to = Math.min(licence.to_ms, chart.view.to);
    const left = (at) => licence.left_ms - (at - licence.from_ms);
    if (from >= to)
      continue;
    const shape = chart.add(svgNew("path", {"class": "load", d: "M" + chart.x(from) + " " +
      (top + height) + "V" + y(left(from)) + "L" + chart.x(to) + " " + y(left(to)) + "V" +
      (top + height) + "z"}));
    shape.append(svgNew("title", {}, licence.left + " left, then " + (licence.expired ? "expired"
      : licence.left_at_end)));
    const text = licence.left + " left \u2192 " + (licence.expired ? "expired"
      : licence.left_at_end);
    if (chart.x(to) - chart.x(from) > text.length * 6.4 + 8)
      chart.add(svgNew("text", {x: chart.x(from) + 5, y: top + height - 5, "class": "value"}, text));
    if (licence.expired && licence.to_ms <= chart.view.to)
      chart.rect({x: chart.x(to) - 1.5, width: 3}, top, height, "#cb181d", "passive");
  }
  chart.y = top + height + 10;
}

function drawLicences(chart) {
  const {licences} = chart.model.outage;
  const failovers = [...new Set(licences.map((licence) => licence.failover))];
  if (failovers.length === 0)
    return;
  drawSection(chart, "Licences: what is left of their grace");
  for (const failover of failovers.slice(0, 20))
    drawLicence(chart, failover, licences.filter((licence) => licence.failover === failover));
  if (failovers.length > 20)
    chart.text(15, chart.y + 12, "soft", "and " + (failovers.length - 20) +
      " more, in the table below"), chart.y += 20;
}

/* ---- load ---- */

/* A step chart of one figure against what is declared; what is above it is hatched. */
function drawSteps(chart, standby, figure) {
  const height = 44;
  const steps = [{at_ms: 0, [figure.key]: 0}, ...standby.load]
    .filter((step, i, all) => i === 0 || step[figure.key] !== all[i - 1][figure.key]);
  const most = Math.max(...steps.map((step) => step[figure.key]), figure.capacity || 0, 1);
  const top = chart.label(standby.name + ": " + figure.name, chart.narrow ? height : 16,
    chart.narrow ? 0 : 15) + 4;
  const y = (value) => top + height - (height * value) / (most * 1.08);
  chart.rect({x: chart.left, width: chart.right - chart.left}, top, height, "", "ground");
  steps.forEach((step, i) => {
    const to = i + 1 < steps.length ? steps[i + 1].at_ms : chart.model.lasts;
    const box = chart.box(step.at_ms, to);
    const value = step[figure.key];
    if (!box || value === 0)
      return;
    const usual = Math.min(value, figure.capacity || value);
    chart.rect(box, y(usual), top + height - y(usual), "", "load");
    if (value > usual)
      chart.rect(box, y(value), y(usual) - y(value), "url(#hatch)");
    const text = figure.text(value);
    if (box.width > text.length * 6.4 + 10)
      chart.add(svgNew("text", {x: box.x + box.width / 2, "text-anchor": "middle", "class": "value",
        y: top + height - y(usual) < 16 ? y(usual) - 4 : y(usual) + 13}, text));
  });
  if (figure.capacity)
    chart.rect({x: chart.left, width: chart.right - chart.left}, y(figure.capacity) - 0.75, 1.5, "",
      "capacity passive");
  if (!chart.narrow)
    chart.text(15, top + 28, "soft", figure.capacity ? "at most " + figure.text(figure.capacity)
      : "no capacity declared", chart.left - 20);
  else if (figure.capacity)
    chart.text(chart.left + 4, y(figure.capacity) + 12, "soft", "at most " +
      figure.text(figure.capacity));
  chart.y = top + height + 10;
}

/* Whether there is anything to see in the load of a standby. */
function bearsMore(standby) {
  return standby.peak_mains > 0 || standby.overloaded_ms > 0;
}

function drawLoad(chart) {
  const standbys = chart.model.outage.standbys.filter(bearsMore);
  if (standbys.length === 0)
    return;
  drawSection(chart, "Load of standbys against their capacity");
  for (const standby of standbys.slice(0, 20)) {
    drawSteps(chart, standby, {name: "cameras", key: "cameras", text: (count) => String(count),
      capacity: standby.capacity_cameras});
    if (standby.peak_network_bps > 0)
      drawSteps(chart, standby, {name: "network", key: "network_bps", text: rateText,
        capacity: standby.capacity_network_bps});
    if (standby.capacity_write_bps !== null && standby.peak_write_bps > 0)
      drawSteps(chart, standby, {name: "writing", key: "write_bps", text: rateText,
        capacity: standby.capacity_write_bps});
  }
  if (standbys.length > 20)
    chart.text(15, chart.y + 12, "soft", "and " + (standbys.length - 20) +
      " more, in the table below"), chart.y += 20;
}

/* ---- whole ---- */

function drawGrid(chart) {
  const lines = axisTimes(chart).map((at) => svgNew("line", {x1: chart.x(at), x2: chart.x(at),
    y1: 0, y2: chart.y, "class": "grid"}));
  const acts = chart.model.outage.acts
    .filter((act) => act.at_ms >= chart.view.from && act.at_ms <= chart.view.to)
    .map((act) => svgNew("line", {x1: chart.x(act.at_ms), x2: chart.x(act.at_ms), y1: 0,
      y2: chart.y, "class": "act-line"}));
  chart.root.firstChild.after(...lines, ...acts);
}

/* Mains to which nothing happened are one line, unless they are asked for. */
function drawRows(chart) {
  const {groups, lanes} = chart.model;
  const quiet = groups.filter((group) => !group.touched);
  const few = groups.length <= 12 || quiet.length === 0;
  drawSection(chart, "Who records each camera, by main");
  groups.forEach((group, index) => {
    if (few || group.touched)
      drawGroup(chart, group, index);
  });
  if (!few && drawFold(chart, "quiet", plural(quiet.length, "main") + " undisturbed")) {
    chart.y += chart.narrow ? 0 : 24;
    groups.forEach((group, index) => {
      if (!group.touched)
        drawGroup(chart, group, index);
    });
  } else if (!few) {
    chart.y += 24;
  }
  if (lanes.length > 0)
    drawSection(chart, "What the servers decide");
  for (const lane of lanes)
    drawLane(chart, lane);
  drawLicences(chart);
  drawLoad(chart);
  chart.y += 4;
  drawGrid(chart);
  return chart.finish();
}
