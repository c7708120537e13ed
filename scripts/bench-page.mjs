// Measures `maestro ui` in Chromium, and `maestro watch`, with engines of maestro-ships. Started by scripts/bench-page.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [programs, scratch, ...sizes] = process.argv.slice(2);
const CHANGES = 20;
const pause = milliseconds => new Promise(resolve => { setTimeout(resolve, milliseconds); });
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

// What was started ends with this, however it ends.
const children = [];
const start = (...words) => {
  const child = spawn(...words);
  children.push(child);
  return child;
};
process.on('exit', () => { for (const child of children) child.kill(); });

// Processor seconds that a process has used, and the most memory that it had, in MB.
function used(process) {
  const fields = readFileSync(`/proc/${process.pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  const memory = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${process.pid}/status`, 'utf8'))[1];
  return { seconds: (Number(fields[11]) + Number(fields[12])) / 100, memory: Number(memory) * 1.024 / 1000 };
}

async function during(process, seconds) {
  const before = used(process).seconds;
  await pause(seconds * 1000);
  return used(process).seconds - before;
}

// The first line that a program prints.
const line = child => new Promise((resolve, reject) => {
  createInterface({ input: child.stdout }).once('line', resolve);
  child.once('exit', code => reject(new Error(`it has ended with exit code ${code}`)));
});

// Chromium, driven through its pipe: JSON with a NUL behind each message.
async function browser() {
  const folder = mkdtempSync(`${scratch}/chromium-`);
  const child = start('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-pipe', `--user-data-dir=${folder}`],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: folder } });
  const [, , , to, from] = child.stdio, waiting = new Map();
  let number = 0, text = '', sessionId;
  from.on('data', data => {
    text += data;
    for (let end = text.indexOf('\0'); end >= 0; end = text.indexOf('\0')) {
      const message = JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
      if (waiting.has(message.id)) waiting.get(message.id)(message);
      waiting.delete(message.id);
    }
  });
  const call = (method, params = {}) => new Promise((resolve, reject) => {
    number += 1;
    waiting.set(number, message => message.error ? reject(new Error(`${method}: ${message.error.message}`)) : resolve(message.result));
    to.write(JSON.stringify({ id: number, method, params, sessionId }) + '\0');
  });
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  ({ sessionId } = await call('Target.attachToTarget', { targetId, flatten: true }));
  await call('Page.enable');
  await call('Emulation.setDeviceMetricsOverride', { width: 1440, height: 900, deviceScaleFactor: 1, mobile: false });
  const value = async expression => {
    const answer = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(answer.exceptionDetails)}`);
    return answer.result.value;
  };
  const until = async expression => {
    const end = Date.now() + 60000;
    while (!await value(`(() => { try { return Boolean(${expression}); } catch { return false; } })()`)) {
      if (Date.now() > end) throw new Error(`never: ${expression}`);
      await pause(20);
    }
  };
  return { call, value, until, end: () => child.kill() };
}

// In the page: when the first frame is painted that has the instance among what needs attention, or has it no longer.
const painted = (name, isWrong) => `new Promise(resolve => {
  const done = () => [...document.querySelectorAll('.attn .who')].some(one => one.textContent.includes('${name}')) === ${isWrong};
  const seen = () => requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => resolve(performance.timeOrigin + performance.now()); channel.port2.postMessage(0); });
  if (done()) return seen();
  const observer = new MutationObserver(() => { if (done()) { observer.disconnect(); seen(); } });
  observer.observe(document.querySelector('main'), { childList: true, subtree: true, characterData: true });
})`;

async function changes(page) {
  const engine = 'http://10.77.0.0:2375/v1.51', list = await (await fetch(`${engine}/containers/json?all=1`)).json();
  const container = list[0], name = container.Names[0].slice(1), times = [], drawn = [];
  // How long the page's own code takes in a frame.
  await page.value("const ask = requestAnimationFrame; window.requestAnimationFrame = done => ask(time => { const begun = performance.now(); done(time); window.spent.push(performance.now() - begun); }); window.spent = []; true");
  await pause(2000);
  for (let turn = 0; turn < CHANGES; turn += 1) {
    const isWrong = turn % 2 === 0, seen = page.value(painted(name, isWrong));
    await pause(200);
    const begun = Date.now();
    await fetch(`${engine}/containers/${container.Id}/${isWrong ? 'stop' : 'start'}`, { method: 'POST' });
    const end = await seen;
    times.push(end - begun);
    drawn.push(await page.value('Math.max(...window.spent.splice(0))'));
    await pause(300);
  }
  return { times, drawn };
}

async function measured(ships, services) {
  const fleet = start(`${programs}/maestro-ships`, ['--serve', '--programs', programs, '--scratch', `${scratch}/${ships}`, '--instances', String(services), String(ships)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const file = await line(fleet), environment = { ...process.env, HOME: scratch };
  const maestro = (...words) => start(`${programs}/maestro`, ['-f', file, ...words], { stdio: ['ignore', 'pipe', 'ignore'], env: environment });
  const told = [];
  const tell = (what, figure) => { told.push(`  ${what.padEnd(66)} ${figure}`); };

  const ui = maestro('ui', '--output', 'json'), { address } = JSON.parse(await line(ui));
  await pause(3000);
  tell('ui, nobody looks, 30 s: processor s', (await during(ui, 30)).toFixed(2));
  const page = await browser();
  await page.call('Page.navigate', { url: address });
  await page.until("document.querySelector('.attn li') && document.querySelector('.ship, .fl')");
  tell('page, from its request to the first overview: ms', Math.round(await page.value("performance.now()")));
  await pause(3000);
  tell('ui, a browser looks, 60 s: processor s', (await during(ui, 60)).toFixed(2));
  tell('page: DOM nodes', await page.value("document.querySelectorAll('*').length"));
  await page.value("window.long = []; new PerformanceObserver(list => window.long.push(...list.getEntries().map(one => one.duration))).observe({ entryTypes: ['longtask'] }); true");
  const before = used(ui).seconds, { times, drawn } = await changes(page), after = used(ui).seconds;
  tell(`page, from the engine's event to its paint, ${CHANGES} changes: ms, median`, Math.round(median(times)));
  tell('  the longest', Math.round(Math.max(...times)));
  tell('  of that the page\'s own code, median', median(drawn).toFixed(1));
  tell('ui: processor ms for a change', Math.round((after - before) * 1000 / CHANGES));
  tell('page: tasks of over 50 ms meanwhile', await page.value('window.long.length'));
  tell('ui: MB at most', Math.round(used(ui).memory));
  page.end();
  ui.kill();

  const watch = maestro('watch');
  await pause(10000);
  tell('watch, 60 s: processor s', (await during(watch, 60)).toFixed(2));
  tell('watch: MB at most', Math.round(used(watch).memory));
  watch.kill();
  fleet.stdin.end();
  await new Promise(resolve => { fleet.once('exit', resolve); });
  console.log(`${ships * services} instances on ${ships} ships\n${told.join('\n')}`);
}

// Ships, and instances on each.
for (const size of sizes.length ? sizes : ['50x20', '4x250']) await measured(...size.split('x').map(Number));
