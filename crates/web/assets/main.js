// The shell: which page is shown, the live connection, what stands above every page.
import { begin, follow, post, problemText, session } from './net.js';
import { by, clock, h, hidden, icon, say } from './dom.js';
import { keys } from './keys.js';
import { isChanged, stateOf } from './states.js';
import overview from './overview.js';
import instance from './instance.js';
import service from './service.js';
import graph from './graph.js';
import plan from './plan.js';
import revisions from './revisions.js';
import events from './events.js';

// What is known of the environment now.
export const live = { state: null, instances: new Map(), order: [], connected: false, since: null };

let page = null, source = null, failed = new Set();

function route(path) {
  const [, first, second] = path.split('/');
  if (first === 'instance') return ['overview', instance, decodeURIComponent(second || '')];
  if (first === 'service') return ['overview', service, decodeURIComponent(second || '')];
  const pages = { graph, plan, revisions, events };
  return pages[first] ? [first, pages[first]] : ['overview', overview];
}

export function go(path) {
  if (path !== location.pathname + location.search) history.pushState(null, '', path);
  show();
  window.scrollTo(0, 0);
  by('main').focus({ preventScroll: true });
}

function show() {
  if (page && page.leave) page.leave();
  const [name, make, argument] = route(location.pathname);
  for (const link of document.querySelectorAll('.nav a')) {
    if (link.dataset.page === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const main = by('main');
  main.replaceChildren();
  page = make(main, argument) || {};
  title(page.title);
  if (live.state && page.update) page.update(live);
}

export function title(text) {
  document.title = [text, session.environment, 'Maestro'].filter(Boolean).join(' · ');
}

// Links of the page stay in the page.
addEventListener('click', event => {
  const link = event.target.closest && event.target.closest('a[href^="/"]');
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.getAttribute('href'));
});
addEventListener('popstate', show);

function take(document) {
  live.state = document;
  live.instances = new Map(document.status.instances.map(one => [one.instance, one]));
  live.order = document.status.instances.map(one => one.instance);
  tell();
}

function change(document) {
  if (!live.state) return;
  for (const one of document.instances) live.instances.set(one.instance, one);
  live.state.status.instances = live.order.map(name => live.instances.get(name));
  for (const key of ['orphans', 'unreachable']) if (key in document) live.state.status[key] = document[key];
  for (const key of ['ships', 'file', 'run', 'lease']) if (key in document) live.state[key] = document[key];
  live.state.time = document.time;
  tell();
}

let due = false;
// Redraws once a frame, however many messages came.
function tell() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    connection();
    changes();
    notices();
    speak();
    if (live.state && page && page.update) page.update(live);
  });
}

function speak() {
  const now = new Set([...live.instances.values()].filter(one => stateOf(one) === 'bad').map(one => one.instance));
  const news = [...now].filter(name => !failed.has(name)), over = [...failed].filter(name => !now.has(name));
  if (news.length) say(`${news.slice(0, 3).join(', ')} failed`);
  else if (over.length) say(`${over.slice(0, 3).join(', ')} no longer failed`);
  failed = now;
}

// How many instances `apply` would change.
function changes() {
  const number = [...live.instances.values()].filter(isChanged).length, text = number ? number.toLocaleString('en') : '';
  if (by('changes').dataset.text === text) return;
  by('changes').dataset.text = text;
  by('changes').hidden = !number;
  by('changes').replaceChildren(hidden(', changes: '), text);
}

function connection() {
  const ships = live.state ? live.state.ships : [], answering = ships.filter(ship => ship.reachable).length;
  by('live').classList.toggle('cut-off', !live.connected);
  by('live-icon').setAttribute('href', live.connected ? '#i-live' : '#i-cut');
  by('live-text').replaceChildren(live.connected ? 'Live' : live.since ? 'Not live' : 'Connecting',
    live.connected && ships.length ? h('span', { class: 'long' }, ` · ${answering} of ${ships.length} ships`) : '');
  document.documentElement.dataset.mode = live.connected ? session.read_only ? 'readonly' : 'live' : live.since ? 'disconnected' : 'connecting';
  buttons();
}

// What changes something is off if nothing may be changed now, and says why.
function buttons() {
  const isRunning = live.state && live.state.run && live.state.run.exit_code === null;
  const lease = live.state && live.state.lease, held = lease ? `${lease.by} is changing ${session.environment}.` : '';
  const off = session.read_only ? 'The page is read-only.' : !live.connected ? 'maestro ui does not answer.' : '';
  for (const button of document.querySelectorAll('[data-change]')) {
    const reason = off || (button.dataset.refused !== undefined ? 'The plan is refused: see what stands in its way.' : ['run', 'retry'].includes(button.dataset.change) ? '' : isRunning ? 'A run changes the environment now.' : held);
    if (reason) button.setAttribute('aria-disabled', 'true'); else button.removeAttribute('aria-disabled');
    button.title = reason;
    if (by('why')) by('why').textContent = reason;
  }
}
// A page has new buttons.
export const told = buttons;

const banner = (kind, name, head, text, ...more) =>
  h('div', { class: 'banner shown ' + kind, role: kind ? 'note' : 'alert' }, icon(name), h('b', {}, head), h('span', { class: 'grow' }, text), more);

function notices() {
  const list = [];
  if (!live.connected && live.since) {
    list.push(banner('', 'cut', `Not connected to maestro ui since ${clock(live.since)}.`,
      'All below is as it was then. Is it still running in its terminal?', h('button', { class: 'btn small', type: 'button', onclick: connect }, 'Try now')));
  }
  const problem = live.state && live.state.file && live.state.file.problem;
  if (problem) {
    const first = problemText((problem.problems || [])[0] || {});
    list.push(banner('', 'bad', 'The file cannot be read as it is now.', `${first}${/[.?!]$/.test(first) ? '' : '.'} The page shows what was read before.`));
  }
  const run = live.state && live.state.run;
  if (run && run.exit_code === null && location.pathname !== '/plan') {
    list.push(banner('note', 'busy', 'A run changes the environment.', h('code', {}, run.typed), h('a', { class: 'btn small', href: '/plan?run' }, 'Watch it')));
  }
  const lease = live.state && live.state.lease;
  if (lease) {
    const way = lease.is_running_here ? '' : [' If that machine is gone: ', h('code', { class: 'cmd' }, `${session.invocation} unlock ${lease.nonce}`)];
    list.push(banner('note', 'lock', `${lease.by} is changing ${session.environment}.`,
      [h('code', {}, lease.command), lease.since ? `, since ${clock(lease.since)}.` : '.', ' Plans can be applied when it has ended.', way]));
  }
  if (session.read_only && session.environment) {
    list.push(banner('note', 'lock', 'Read-only.', ['Started with ', h('code', {}, '--read-only'), ': you can look at everything and change nothing.']));
  }
  const text = list.map(node => node.textContent).join();
  if (by('notices').dataset.text !== text) {
    by('notices').dataset.text = text;
    by('notices').replaceChildren(...list);
    by('notices').hidden = !list.length;
  }
}

// Ships that do not answer are asked now instead of after their pause.
export const retry = () => post('retry').then(() => say('The ships are asked again.'), error => say(error.message));

// A tab that nobody sees needs no connection: a browser has few for one server.
function connect() {
  if (source) source.close();
  source = follow('state', { state: take, change }, () => {
    live.connected = true;
    tell();
  }, closed => {
    if (live.connected || !live.since) live.since = new Date();
    live.connected = false;
    tell();
    if (closed) setTimeout(connect, 2000);
  });
}
document.addEventListener('visibilitychange', () => {
  if (document.hidden) { if (source) source.close(); source = null; }
  else if (!source) connect();
});

keys(go);
begin().then(() => {
  by('env').textContent = session.environment;
  by('ro').hidden = !session.read_only;
  show();
  connect();
}, error => {
  by('main').replaceChildren(h('div', { class: 'panel' }, h('div', { class: 'empty' }, icon('cut'), h('h3', {}, 'Not connected'), h('p', {}, error.message))));
});
