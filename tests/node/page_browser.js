// Drives headless Chromium over its debugging pipe: a failover is seen happening on the status page of a standby. Started by page.sh:
//   node page_browser.js ADDRESS TOKEN PID_OF_MAIN PID_OF_STANDBY PROFILE_DIR PICTURES_DIR
'use strict';
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const [address, token, main_pid, standby_pid, profile, pictures] = process.argv.slice(2);
const HOSTILE = '<img src=x onerror="owned=1">\'"</p>&amp;';

const browser = spawn('chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'],
{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const waiting = new Map(), complaints = [], asked = new Set();
let session, number = 0, held = '';

browser.stdio[4].on('data', bytes => {
  const messages = (held + bytes).split('\0');
  held = messages.pop();
  for (const text of messages) {
    const message = JSON.parse(text);
    if (waiting.has(message.id)) { waiting.get(message.id)(message.result ?? message.error); waiting.delete(message.id); }
    if (message.method === 'Runtime.exceptionThrown') complaints.push(message.params.exceptionDetails.exception?.description);
    if (message.method === 'Log.entryAdded' && message.params.entry.level === 'error') complaints.push(message.params.entry.text);
    if (message.method === 'Network.requestWillBeSent') asked.add(new URL(message.params.request.url).origin);
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
async function until(what, expression, ms = 30000) {
  for (let waited = 0; waited < ms; waited += 100) {
    if (await run(expression)) return;
    await pause(100);
  }
  fail(`${what} does not come; the page says: ${await run('document.body.innerText')}`);
}
const shows = (id, text) => `document.getElementById("${id}")?.innerText.includes(${JSON.stringify(text)})`;
async function look(name, width = 1280, height = 1500) {
  await call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  await pause(400);
  const { data } = await call('Page.captureScreenshot', { format: 'png' });
  writeFileSync(`${pictures}/${name}.png`, Buffer.from(data, 'base64'));
  if (await run('document.documentElement.scrollWidth > innerWidth')) fail(`the page is wider than ${width} pixels`);
}
const looks = async name => { await look(`${name}-phone`, 390, 2400); await look(name); };

async function withoutScripts() {
  await call('Emulation.setScriptExecutionDisabled', { value: true });
  await call('Page.navigate', { url: address });
  await until('the question for the token', 'document.querySelector("[name=token]") !== null');
  await look('log-in', 390, 500);
  await run('document.querySelector("[name=token]").value = "wrong-token-of-a-length"; document.forms[0].submit()');
  await until('a refusal', 'document.body?.innerText.includes("That is not the token")');
  await run(`document.querySelector("[name=token]").value = ${JSON.stringify(token)}; document.forms[0].submit()`);
  await until('the state without scripts', shows('failovers', 'alpha is alive'));
  await run('window.marker = 1');
  await until('a newer page without scripts', `window.marker === undefined && ${shows('failovers', 'alpha is alive')}`);
  await call('Emulation.setScriptExecutionDisabled', { value: false });
}

async function failover() {
  await call('Page.navigate', { url: address });
  await until('a standby that watches', `document.readyState === "complete" && ${shows('failovers', 'watching')} && ${shows('servers', 'connected')}`);
  await until('a volume that was looked at', shows('volumes', 'well'));
  if (!await run(shows('volumes', '<img src=x onerror=owned=1>'))) fail('a hostile path is not shown as it is');
  await run('window.marker = 1');
  await looks('watching');
  await call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: 'dark' }] });
  await look('dark');
  await call('Emulation.setEmulatedMedia', { features: [] });
  process.kill(Number(main_pid), 'SIGKILL');
  await until('the suspicion', shows('site', 'suspect'));
  await look('suspect');
  await until('the take-over', shows('failovers', 'alpha is carried here'));
  await until('all cameras', 'document.querySelectorAll("#cameras .mark.well").length === 3');
  if (!await run('document.querySelector("#site .arrow.carries.attention") !== null')) fail('the arrow does not show that the main is carried');
  if (!await run(`${shows('timeline', 'suspect → taking_over')} && ${shows('timeline', 'R1')}`)) fail('the timeline does not tell why');
  if (!await run(shows('servers', ' s ago'))) fail('it is not told when the main was seen');
  if (await run('window.marker') !== 1) fail('the page was loaded anew');
  await looks('carrying');
}

async function order() {
  await run(`document.querySelector(".orders [name=order]").value = "disable";
    document.querySelector(".orders [name=reason]").value = ${JSON.stringify(HOSTILE)}; document.querySelector(".orders button").click()`);
  await until('the order', `document.readyState === "complete" && ${shows('failovers', 'disabled')}`);
  await until('its reason', shows('timeline', HOSTILE));
  if (await run('window.owned || document.querySelectorAll("main img").length')) fail('a name or a reason has become markup');
  const refused = await run(`fetch("/orders", { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "order=enable&failover=alpha-to-omega&reason=x&secret=0" }).then(answer => answer.status)`);
  if (refused !== 403) fail(`an order without the page's secret is answered by ${refused}`);
  complaints.splice(0, complaints.length, ...complaints.filter(text => !text.includes('403')));
  await looks('disabled');
}

// What a node said before it fell silent is not the present: neither while it stands still nor when it is gone.
async function silence() {
  process.kill(Number(standby_pid), 'SIGSTOP');
  await until('the silence', 'document.body?.classList.contains("stale") && !document.getElementById("stale").hidden');
  await looks('silent');
  process.kill(Number(standby_pid), 'SIGCONT');
  await until('the next word', '!document.body?.classList.contains("stale")');
  if (complaints.length) fail('the console is not empty');
  process.kill(Number(standby_pid), 'SIGKILL');
  await until('the silence of a dead node', 'document.body?.classList.contains("stale")');
}

async function main() {
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  session = (await call('Target.attachToTarget', { targetId, flatten: true })).sessionId;
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await call(`${domain}.enable`);
  await withoutScripts();
  complaints.splice(0, complaints.length, ...complaints.filter(text => !/40[13]/.test(text)));
  await failover();
  await order();
  await silence();
  const elsewhere = [...asked].filter(origin => origin !== new URL(address).origin && origin !== 'null');
  if (elsewhere.length) fail(`it was asked elsewhere: ${elsewhere}`);
  browser.kill('SIGKILL');
  console.log('PASS: a failover is seen happening on the status page');
  process.exit(0);
}
setTimeout(() => fail('it takes too long'), 200000);
main().catch(error => fail(error.stack));
