/* The page at work: its outages, the window in time, what is open, hand and keyboard. */

const models = JSON.parse(document.getElementById("data").textContent).map(modelOf);
const at = (id) => document.getElementById(id);
let current = 0;
let view = null;

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

/* ---- what is open ---- */

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

function step(direction) {
  const {moments} = models[current];
  const index = moments.findIndex((moment) => view.keys.includes(moment.key));
  const next = index < 0 ? (direction > 0 ? 0 : moments.length - 1) : index + direction;
  if (moments[next])
    open(moments[next].key);
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
  nameFold();
  drawVerdict(model);
  drawLegend(model);
  drawTables(model);
  drawDetail();
  redraw();
}

function drawTabs() {
  at("tabs").replaceChildren(...models.map((model, index) => {
    const tab = el("button", {type: "button", role: "tab", "class": model.fate}, model.outage.outage || "outage");
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
  nameFold();
  redraw();
}

function nameFold() {
  at("fold").textContent = view.unfolded.size > 0 ? "Fold all" : "Unfold all";
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
  nameFold();
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
