'use strict';
// Puts newer parts of the page in the place of older ones as the node sends them, and says so when it sends none: what a
// silent node said last is not the present. The parts are written, and escaped, by the node.
const SILENT_MS = 4000, AGAIN_MS = 5000;
const stale = document.getElementById('stale');
const zone = document.body.dataset.zone || undefined;
let stream, heard = performance.now(), begun = 0;

function clockOf(date) {
  const time = date.toLocaleTimeString('en-GB', { timeZone: zone });
  const day = date.toLocaleDateString('en-CA', { timeZone: zone });
  return day === new Date().toLocaleDateString('en-CA', { timeZone: zone }) ? time : `${day} ${time}`;
}

function localise(part) {
  for (const time of part.querySelectorAll('time')) {
    try {
      time.textContent = clockOf(new Date(time.dateTime));
    } catch (unknownZone) {
      return; // it stays in UTC, and says so
    }
  }
}

function take(event) {
  const news = JSON.parse(event.data);
  heard = performance.now();
  document.title = news.title;
  for (const [id, html] of Object.entries(news.parts)) {
    const part = document.getElementById(id);
    if (!part) continue;
    part.innerHTML = html;
    localise(part);
  }
}

function listen() {
  begun = performance.now();
  stream = new EventSource('/events');
  stream.onmessage = take;
}

// A browser tries again by itself, unless it was refused: then the session may be over.
async function listenAgain() {
  begun = performance.now();
  try {
    const answer = await fetch('/', { method: 'HEAD' });
    if (answer.status === 401) location.reload();
    else if (answer.ok) listen();
  } catch (notThere) {
    // the node is away; the next try may find it
  }
}

function look() {
  const now = performance.now(), silent = now - heard > SILENT_MS;
  document.body.classList.toggle('stale', silent);
  stale.hidden = !silent;
  if (silent)
    stale.textContent = `Nothing has come from ${document.body.dataset.server} for ${Math.round((now - heard) / 1000)} s. ` +
      'What stands below was true then.';
  if (stream.readyState === EventSource.CLOSED && now - begun > AGAIN_MS) listenAgain();
}

localise(document);
listen();
setInterval(look, 500);
