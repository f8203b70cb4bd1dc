'use strict';
// The timeline of one day as SVG: runs coloured by writer, gaps, doubles, the moment that is played.
// Everything is made by createElementNS and textContent: a name never becomes markup.

const SVG = 'http://www.w3.org/2000/svg';
const DAY_MS = 86400000;
const COLOURS = 6;
const STEPS_MS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14400].map(s => s * 1000);

function svg(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (parent) parent.append(element);
  return element;
}

function clockText(ms, withSeconds = true) {
  return new Date(ms).toISOString().slice(11, withSeconds ? 19 : 16);
}

function lengthText(ms) {
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(1)} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(s % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

class Timeline {
  constructor(place) {
    this.place = place;
    this.from = 0;
    this.to = DAY_MS;
    this.cursor = null;
    new ResizeObserver(() => this.draw()).observe(place);
  }

  // Shows another day. What was recorded then fills the width, with some room beside it.
  show(day, dayMs, colourOf) {
    this.day = day;
    this.dayMs = dayMs;
    this.colourOf = colourOf;
    this.fit();
  }

  fit() {
    const runs = this.day ? this.day.runs : [];
    if (runs.length === 0) return this.look(this.dayMs, this.dayMs + DAY_MS);
    const from = runs[0].from, to = runs[runs.length - 1].to, room = Math.max((to - from) * 0.03, 2000);
    this.look(from - room, to + room);
  }

  look(from, to) {
    const length = Math.min(Math.max(to - from, 10000), DAY_MS);
    this.from = Math.min(Math.max(from, this.dayMs), this.dayMs + DAY_MS - length);
    this.to = this.from + length;
    this.draw();
  }

  zoom(factor, around = (this.from + this.to) / 2) {
    this.look(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  x(ms) { return (ms - this.from) / (this.to - this.from) * this.width; }
  at(x) { return this.from + x / this.width * (this.to - this.from); }

  bar(span, y, height, style, least, parent) {
    const left = Math.max(this.x(span.from), -2), right = Math.min(this.x(span.to), this.width + 2);
    if (right < 0 || left > this.width) return;
    svg('rect', { x: left, y, width: Math.max(right - left, least), height, class: style }, parent);
  }

  ticks(parent) {
    const wanted = this.width / 90;
    const step = STEPS_MS.find(s => (this.to - this.from) / s <= wanted) || STEPS_MS[STEPS_MS.length - 1];
    for (let at = Math.ceil(this.from / step) * step; at <= this.to; at += step) {
      const x = this.x(at);
      svg('line', { x1: x, x2: x, y1: 16, y2: 84, class: 'tick' }, parent);
      const text = svg('text', { x: Math.min(Math.max(x, 24), this.width - 24), y: 11, 'text-anchor': 'middle' }, parent);
      text.textContent = clockText(at, step < 60000);
    }
  }

  draw() {
    this.width = this.place.clientWidth;
    if (!this.width) return;
    const root = svg('svg', { viewBox: `0 0 ${this.width} 92`, 'aria-hidden': 'true' });
    this.ticks(root);
    svg('rect', { x: 0, y: 26, width: this.width, height: 40, rx: 4, class: 'track' }, root);
    if (this.day) {
      for (const run of this.day.runs) this.bar(run, 26, 40, `w${this.colourOf(run)}`, 1, root);
      for (const gap of this.day.gaps) this.bar(gap, 26, 40, 'gap', 3, root);
      for (const lock of this.day.locks) this.bar(lock, 80, 5, 'lock', 3, root);
      for (const double of this.day.doubles) this.bar(double, 70, 8, 'double', 3, root);
    }
    this.line = svg('line', { y1: 20, y2: 84, class: 'cursor' }, root);
    this.place.replaceChildren(root);
    this.mark(this.cursor);
  }

  mark(ms) {
    this.cursor = ms;
    if (!this.line) return;
    const shown = ms !== null && ms >= this.from && ms <= this.to;
    this.line.setAttribute('visibility', shown ? 'visible' : 'hidden');
    if (!shown) return;
    this.line.setAttribute('x1', this.x(ms));
    this.line.setAttribute('x2', this.x(ms));
    this.place.setAttribute('aria-valuetext', clockText(ms));
  }
}
