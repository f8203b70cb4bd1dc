'use strict';
// The page of the archive: which camera and day, the player, and what happened that day.

const byId = id => document.getElementById(id);
const video = byId('video');
const timeline = new Timeline(byId('timeline'));
const state = { camera: null, month: null, day: null, runs: [], list: [], writers: [], player: null };

function make(name, text, parent, attributes = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (parent) parent.append(element);
  return element;
}

function address(place, more) {
  return place + '?' + new URLSearchParams({ main: state.camera.main, camera: state.camera.name, ...more });
}

async function ask(place) {
  const answer = await fetch(place);
  if (!answer.ok) throw new Error((await answer.text()).trim() || `the server answered ${answer.status}`);
  return answer.json();
}

function say(text) {
  byId('message').hidden = !text;
  byId('message').textContent = text || '';
}

// ---- volumes that hang ----

// What lies on them is left out until they answer: then all is asked for anew.
let asked = 0;
async function tellVolumes() {
  const silent = (await ask('volumes.json')).filter(volume => !volume.answers).map(volume => volume.path);
  const wereSilent = !byId('silent').hidden;
  byId('silent').hidden = silent.length === 0;
  byId('silent').textContent = `${silent.join(', ')} does not answer (does its network storage hang?): what lies there is not shown, and a gap may be footage that lies there.`;
  clearTimeout(asked);
  if (silent.length) asked = setTimeout(() => tellVolumes().catch(() => {}), 5000);
  else if (wereSilent) location.reload();
}

// ---- the calendar ----

function monthOf(day) { return day.slice(0, 7); }

function moveMonth(step) {
  const date = new Date(state.month + '-01T00:00:00Z');
  date.setUTCMonth(date.getUTCMonth() + step);
  showMonth(date.toISOString().slice(0, 7));
}

async function showMonth(month) {
  state.month = month;
  const days = await ask(address('month.json', { day: month })), first = new Date(month + '-01T00:00:00Z');
  if (state.month !== month) return [];
  byId('month').textContent = first.toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const calendar = byId('calendar');
  calendar.replaceChildren();
  for (const name of ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su']) make('span', name, calendar);
  for (let i = 0; i < (first.getUTCDay() + 6) % 7; i++) make('span', '', calendar);
  const count = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  for (let i = 0; i < count; i++) addDay(calendar, `${month}-${String(i + 1).padStart(2, '0')}`, days[i] || 0);
  return days;
}

function addDay(calendar, day, recordedMs) {
  const button = make('button', String(Number(day.slice(8))), calendar, { 'aria-pressed': String(day === state.day) });
  button.dataset.day = day;
  button.disabled = recordedMs === 0;
  button.title = recordedMs === 0 ? 'nothing is recorded' : `${lengthText(recordedMs)} recorded`;
  if (recordedMs > 0) {
    const bar = make('i', '', button), share = Math.max(recordedMs / DAY_MS * 100, 6);
    const root = svg('svg', { width: '100%', height: 3 }, bar);
    svg('rect', { width: `${share}%`, height: 3, class: 'w0' }, root);
  }
  button.addEventListener('click', () => showDay(day));
}

// ---- a day ----

function spans(list) {
  return list.map(span => ({ ...span, from: Date.parse(span.from_at), to: Date.parse(span.to_at) }));
}

function lossText(loss) { return `; ${loss.server} received ${loss.frames} pictures, but no volume took them before memory was full`; }
function writerText(writer) { return writer ? `${writer.server}, epoch ${writer.epoch}` : ''; }
// A colour for each server: the main's is the first.
function colourOf(run) {
  const i = state.writers.indexOf(run.server);
  return i < 0 ? 0 : i % COLOURS;
}

async function showDay(day, at) {
  state.day = day;
  for (const button of byId('calendar').querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.day === day));
  const found = await ask(address('day.json', { day }));
  if (state.day !== day) return;
  const seen = found ? { runs: spans(found.runs), gaps: spans(found.gaps), doubles: spans(found.doubles), locks: spans(found.locks) } :
    { runs: [], gaps: [], doubles: [], locks: [] };
  const end = Date.parse(day + 'T00:00:00Z') + DAY_MS;
  seen.locks = seen.locks.filter(lock => lock.from < end && lock.to > end - DAY_MS);
  // Before the first recording and after the last of a day there is nothing to explain.
  seen.gaps = seen.gaps.filter(gap => gap.before && gap.after);
  state.runs = seen.runs;
  state.writers = [state.camera.main, ...new Set(seen.runs.map(run => run.server).filter(s => s !== state.camera.main))];
  byId('title').textContent = new Date(day + 'T00:00:00Z').toLocaleDateString('en', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  timeline.show(seen, Date.parse(day + 'T00:00:00Z'), colourOf);
  showLegend(seen);
  showEvents(seen);
  await tellVolumes();
  await play(day, at ?? (seen.runs.length ? seen.runs[0].from : null));
}

function showLegend(seen) {
  const legend = byId('legend');
  const entry = (style, text) => {
    const item = make('span', '', legend);
    svg('rect', { width: 12, height: 12, rx: 2, class: style }, svg('svg', {}, item));
    item.append(text);
  };
  legend.replaceChildren();
  for (const server of state.writers)
    if (seen.runs.some(run => run.server === server)) entry(`w${colourOf({ server })}`, server === state.camera.main ? `${server} (main)` : server);
  if (seen.gaps.length) entry('gap', 'gap: nobody recorded');
  if (seen.locks.length) entry('lock', 'locked: is not deleted');
  if (seen.doubles.length) entry('double', 'recorded twice');
}

function eventOf(kind, span) {
  if (kind === 'lock') return `Locked${span.reason ? ': ' + span.reason : ''}`;
  if (kind === 'gap') return `Gap: nobody recorded, between ${writerText(span.before)} and ${writerText(span.after)}${span.lost.map(lossText).join('')}`;
  if (kind === 'double') return `Recorded twice: by ${writerText(span.before)} too; ${writerText(span.after)} is shown`;
  return `Recorded by ${writerText(span)} on ${span.volume}${span.being_written ? ', being written' : ''}`;
}

function showEvents(seen) {
  const rows = [...seen.runs.map(s => ['run', s]), ...seen.gaps.map(s => ['gap', s]), ...seen.doubles.map(s => ['double', s]),
    ...seen.locks.map(s => ['lock', s])]
    .sort((a, b) => a[1].from - b[1].from);
  const table = document.createElement('table');
  for (const [kind, span] of rows) {
    const row = make('tr', '', table, { class: `${kind}-row` }), when = make('td', '', row);
    const button = make('button', `${clockText(span.from)} to ${clockText(span.to)}`, when);
    // A gap is seen from a little before it.
    button.addEventListener('click', () => { seek(kind === 'gap' ? span.from - 3000 : span.from, true); });
    make('td', lengthText(span.to - span.from), row);
    make('td', eventOf(kind, span), row);
  }
  byId('events').replaceChildren(table);
  if (rows.length === 0) make('p', 'Nothing is recorded on this day.', byId('events'));
}

// ---- the player: what moment of the stream is which moment of the day ----

async function readPlaylist(place) {
  const list = [];
  let at = 0, media = 0;
  for (const line of (await (await fetch(place)).text()).split('\n')) {
    if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) at = Date.parse(line.slice(25));
    if (line.startsWith('#EXTINF:')) {
      const length = parseFloat(line.slice(8));
      list.push({ from: at, to: at + length * 1000, media });
      media += length;
    }
  }
  return list;
}

function wallOf(media) {
  const piece = state.list.findLast(p => p.media <= media + 0.001);
  return piece ? Math.min(piece.from + (media - piece.media) * 1000, piece.to) : null;
}

// In a gap: where it ends.
function mediaOf(ms) {
  const piece = state.list.find(p => ms < p.to);
  return piece ? piece.media + Math.max(ms - piece.from, 0) / 1000 : null;
}

function seek(ms, andPlay) {
  const media = mediaOf(ms);
  if (media === null) return;
  video.currentTime = media + 0.01;
  timeline.mark(ms);
  if (andPlay) video.play().catch(() => {});
}

async function play(day, at) {
  const place = address('day.m3u8', { day });
  if (state.player) state.player.destroy();
  state.player = null;
  state.list = [];
  video.removeAttribute('src');
  video.poster = '';
  timeline.mark(null);
  if (at === null) return say('Nothing is recorded on this day.');
  say('');
  state.list = await readPlaylist(place);
  video.poster = address('picture.jpg', { at: Math.round(at) });
  if (window.Hls && Hls.isSupported()) {
    const player = new Hls({ startPosition: (mediaOf(at) || 0) + 0.01, maxBufferHole: 1 });
    player.on(Hls.Events.ERROR, async (event, data) => {
      if (!data.fatal) return;
      if (data.response && data.response.code === 415) // MJPEG, for one: the server knows why
        return say(`This cannot be played in the browser: ${await (await fetch(data.frag.url)).text()}. Its pictures can be seen one by one: point at the timeline.`);
      say(`This cannot be played here (${data.details}). \`understudy archive export\` makes a file of it.`);
    });
    player.loadSource(place);
    player.attachMedia(video);
    state.player = player;
  } else if (video.canPlayType('application/vnd.apple.mpegurl')) {
    video.src = place;
    video.addEventListener('loadedmetadata', () => seek(at), { once: true });
  } else {
    say('This browser plays no HLS by itself, and the player was not built: `make player` in the source, or `understudy archive play`.');
  }
}

function tell() {
  const at = state.list.length ? wallOf(video.currentTime) : null;
  timeline.mark(at);
  byId('clock').textContent = at === null ? '--:--:--' : clockText(at);
  const run = at === null ? null : state.runs.findLast(r => r.from <= at + 1);
  byId('writer').textContent = run ? `recorded by ${writerText(run)}, volume ${run.volume}` : '';
}

// ---- hands ----

const preview = byId('preview');
let previewAsked = 0;
function showPreview(event) {
  const box = byId('timeline').getBoundingClientRect(), x = event.clientX - box.left, at = Math.round(timeline.at(x));
  if (event.pointerType !== 'mouse' || !state.runs.some(r => r.from <= at && at < r.to)) { preview.hidden = true; return; }
  clearTimeout(previewAsked);
  previewAsked = setTimeout(() => {
    preview.src = address('picture.jpg', { at });
    preview.hidden = false;
    preview.style.left = `${Math.min(Math.max(x - 100, 0), box.width - 200) + 14}px`;
    preview.style.top = '-74px';
  }, 120);
}

byId('timeline').addEventListener('click', event => seek(timeline.at(event.clientX - byId('timeline').getBoundingClientRect().left), true));
byId('timeline').addEventListener('pointermove', showPreview);
byId('timeline').addEventListener('pointerleave', () => { clearTimeout(previewAsked); preview.hidden = true; });
byId('timeline').addEventListener('wheel', event => {
  event.preventDefault();
  timeline.zoom(event.deltaY > 0 ? 1.25 : 0.8, timeline.at(event.clientX - byId('timeline').getBoundingClientRect().left));
}, { passive: false });
byId('timeline').addEventListener('keydown', event => {
  const step = { ArrowLeft: -10000, ArrowRight: 10000 }[event.key];
  if (!step || timeline.cursor === null) return;
  event.preventDefault();
  seek(timeline.cursor + step);
});
byId('closer').addEventListener('click', () => timeline.zoom(0.5, timeline.cursor ?? undefined));
byId('wider').addEventListener('click', () => timeline.zoom(2, timeline.cursor ?? undefined));
byId('fit').addEventListener('click', () => timeline.fit());
byId('earlier').addEventListener('click', () => moveMonth(-1));
byId('later').addEventListener('click', () => moveMonth(1));
byId('camera').addEventListener('change', () => showCamera(JSON.parse(byId('camera').value)));
video.addEventListener('timeupdate', tell);
video.addEventListener('seeked', tell);

// The last day with footage, in this month or up to a year before.
async function showCamera(camera) {
  state.camera = camera;
  const wanted = new URLSearchParams(location.hash.slice(1)).get('at');
  if (wanted && !Number.isNaN(Date.parse(wanted))) {
    const day = new Date(Date.parse(wanted)).toISOString().slice(0, 10);
    await showMonth(monthOf(day));
    return showDay(day, Date.parse(wanted));
  }
  let date = new Date();
  for (let i = 0; i < 12; i++) {
    const month = date.toISOString().slice(0, 7), days = await showMonth(month);
    const last = days.findLastIndex(ms => ms > 0);
    if (last >= 0) return showDay(`${month}-${String(last + 1).padStart(2, '0')}`);
    date = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1, 1));
  }
  say('Nothing is recorded of this camera.');
}

async function begin() {
  const cameras = (await ask('cameras.json')).sort((a, b) => a.name.localeCompare(b.name));
  for (const camera of cameras) make('option', `${camera.name} (${camera.main})`, byId('camera'), { value: JSON.stringify(camera) });
  const wanted = new URLSearchParams(location.hash.slice(1)).get('camera');
  const first = cameras.find(camera => camera.name === wanted) || cameras[0];
  if (!first) {
    await tellVolumes();
    return say('Nothing is recorded on these volumes.');
  }
  byId('camera').value = JSON.stringify(first);
  await showCamera(first);
}
begin().catch(error => say(`The archive does not answer: ${error.message}`));
