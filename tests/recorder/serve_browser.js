// Drives headless Chromium over its debugging pipe: the page of the archive plays through a failover. Started by serve.sh:
//   node serve_browser.js ADDRESS PROFILE_DIR PICTURES_DIR
'use strict';
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const [address, profile, pictures] = process.argv.slice(2);

const browser = spawn('chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
  '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const waiting = new Map(), complaints = [];
let session, number = 0, held = '';

browser.stdio[4].on('data', bytes => {
  const messages = (held + bytes).split('\0');
  held = messages.pop();
  for (const text of messages) {
    const message = JSON.parse(text);
    if (waiting.has(message.id)) { waiting.get(message.id)(message.result ?? message.error); waiting.delete(message.id); }
    if (message.method === 'Runtime.exceptionThrown') complaints.push(message.params.exceptionDetails.exception?.description);
    if (message.method === 'Log.entryAdded' && message.params.entry.level === 'error') complaints.push(message.params.entry.text);
  }
});

function call(method, params = {}) {
  return new Promise(done => {
    waiting.set(++number, done);
    browser.stdio[3].write(JSON.stringify({ id: number, method, params, sessionId: session }) + '\0');
  });
}
const pause = ms => new Promise(done => setTimeout(done, ms));
async function run(expression) {
  const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) fail(`${expression}: ${exceptionDetails.exception?.description}`);
  return result.value;
}
function fail(text) {
  console.error(`FAIL: ${text}`);
  for (const complaint of complaints) console.error(`  the browser said: ${complaint}`);
  browser.kill('SIGKILL');
  process.exit(1);
}
async function until(what, expression, ms = 20000) {
  for (let waited = 0; waited < ms; waited += 100) {
    if (await run(expression)) return;
    await pause(100);
  }
  fail(`${what} does not come; the clock is at ${await run('byId("clock").textContent')}, "${await run('byId("writer").textContent + byId("message").textContent')}"`);
}
async function look(width, height, name) {
  await call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  await pause(400);
  const { data } = await call('Page.captureScreenshot', { format: 'png' });
  writeFileSync(`${pictures}/${name}.png`, Buffer.from(data, 'base64'));
  if (await run('document.documentElement.scrollWidth > innerWidth')) fail(`the page is wider than ${width} pixels`);
}

async function main() {
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  session = (await call('Target.attachToTarget', { targetId, flatten: true })).sessionId;
  for (const domain of ['Page', 'Runtime', 'Log']) await call(`${domain}.enable`);
  await call('Page.navigate', { url: `${address}#camera=lobby&at=2026-11-23T20:00:55Z` });
  await until('the picture', 'document.readyState === "complete" && typeof state === "object" && video.readyState >= 2');
  await until('the calendar', 'document.querySelector("#calendar button[aria-pressed=true]")?.dataset.day === "2026-11-23"');
  if (await run('document.querySelectorAll("#events tr.gap-row").length') !== 1) fail('the gap is not listed once');
  if (await run('document.querySelectorAll("#events tr.double-row").length') !== 1) fail('the double is not listed once');
  if (!await run('byId("events").textContent.includes("Locked: case <b>17</b>")')) fail('the lock is not listed');
  if (await run('byId("clock").textContent') !== '20:00:55') fail('the address does not lead to its moment');

  // From the main over the gap to the standby: the clock jumps over what nobody recorded, and never shows it.
  await run('window.seen = []; video.addEventListener("timeupdate", () => seen.push(byId("clock").textContent)); video.playbackRate = 2; video.play()');
  await until('omega', 'byId("writer").textContent.includes("omega, epoch 2") && byId("clock").textContent > "20:01:18"');
  const inGap = await run('seen.filter(text => text > "20:01:00" && text < "20:01:14")');
  if (inGap.length) fail(`the clock showed a moment of the gap: ${inGap[0]}`);
  await look(1280, 1000, 'desktop');
  await look(390, 844, 'phone');
  await call('Emulation.clearDeviceMetricsOverride');

  // From the standby back to the main, where both recorded.
  await run('seek(Date.parse("2026-11-23T20:02:06Z"), true)');
  await until('alpha again', 'byId("writer").textContent.includes("alpha, epoch 3") && byId("clock").textContent > "20:02:13"');
  if (await run('video.error !== null || !byId("message").hidden')) fail('the player complains');
  const picture = await run('fetch(address("picture.jpg", { at: Date.parse("2026-11-23T20:01:20Z") })).then(a => a.headers.get("content-type"))');
  if (picture !== 'image/jpeg') fail('there is no small picture');

  // A name that is markup stays text.
  if (await run('byId("camera").options.length') !== 2) fail('not both cameras are offered');
  await run('byId("camera").selectedIndex = [...byId("camera").options].findIndex(o => o.textContent.includes("<img")); byId("camera").dispatchEvent(new Event("change"))');
  await until('the hostile camera', 'state.camera.name.includes("<img") && document.querySelectorAll("#events tr").length === 1');
  if (await run('document.querySelectorAll("body img").length !== 1 || window.owned')) fail('a name has become markup');
  if (complaints.length) fail('the console is not empty');
  browser.kill('SIGKILL');
  console.log('PASS: the page plays through a failover');
  process.exit(0);
}
setTimeout(() => fail('it takes too long'), 90000);
main().catch(error => fail(error.stack));
