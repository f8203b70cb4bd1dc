/* Details: what stands beside the timeline for each thing that can be clicked on. All text of the dry
 * run reaches the document as text, never as markup. */

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {}))
    node.setAttribute(key, value);
  node.append(...children);
  return node;
}

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

function link(key, text) {
  return el("button", {type: "button", "class": "link", "data-key": key}, text);
}
