// One instance: declared beside running, its log, what it uses, checks, links, history, and what can be done with it.
import { h, hidden, icon, panel } from './dom.js';
import { get, session } from './net.js';
import log from './log.js';
import { checksPanel, containerPanel, historyPanel, linksPanel, minutes, use } from './facts.js';
import { isReady, sentence, stateOf } from './states.js';

const value = text => text === null || text === undefined ? h('span', { class: 'muted' }, 'not set') : text;
const place = one => one.file ? `${one.file.split('/').pop()}${one.line ? ':' + one.line : ''}` : '';
const RUNS = new Set(['up', 'restarting', 'paused', 'on-old-ship']);

// Links to the plans of what can be done. A plan changes nothing.
export function actions(kind, name, runs, down) {
  const to = verb => `/plan?do=${verb}&${kind}=${encodeURIComponent(name)}`, link = (verb, word) => h('a', { class: 'btn', href: to(verb), 'aria-label': `${word} ${name}: shows the plan` }, word + '…');
  return [down && link('start', 'Start'), runs && link('restart', 'Restart'), runs && link('stop', 'Stop'), h('a', { class: 'btn primary', href: to('apply') }, `Plan for ${name}`)];
}

export default function instance(main, name) {
  const state = h('p', {}), crumbs = h('p', { class: 'crumbs' }), comparison = h('div', {}), facts = h('div', { class: 'stack c4' }), tools = h('div', { class: 'tools' });
  const follower = log(name, `${session.invocation} logs ${name}`);
  const used = h('div', { class: 'use' }), since = h('span', { class: 'muted' });
  const parts = ['checks', 'links', 'history', 'container'].map(() => h('div', {}));
  let version = '', timer = 0, known = null, last = null, due = false;
  facts.append(panel('Use', since, used), ...parts);
  main.append(h('div', { class: 'head' }, h('div', {}, crumbs, h('h1', {}, name), state), tools), h('div', { class: 'stack c8' }, comparison, follower.node), facts);

  async function compare() {
    try {
      const document = await get('instance/' + encodeURIComponent(name));
      comparison.replaceChildren(table(document));
      known = document;
      draw();
    } catch (error) {
      comparison.replaceChildren(panel('Declared beside running', null, h('p', { class: 'body' }, error.message)));
    }
  }

  function draw() {
    if (due || !last) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      const told = known || { links: [], reached_by: [], revisions: [], events: [], checks: null, inspect: null };
      parts[0].replaceChildren(known ? checksPanel(told.checks) : '');
      parts[1].replaceChildren(known ? linksPanel(told.links, told.reached_by, last) : '');
      parts[2].replaceChildren(historyPanel(told.events, told.revisions));
      parts[3].replaceChildren(told.inspect && told.inspect.container ? containerPanel(told.inspect) : '');
    });
  }

  function update(live) {
    const one = live.instances.get(name);
    last = live;
    if (!one) return state.replaceChildren(h('span', { class: 'state s-unknown' }, icon('unknown'), 'The file declares no instance of this name'));
    const kind = stateOf(one), [head, tail] = sentence(one);
    const next = JSON.stringify([one.state, one.ready, one.reason, one.container]);
    if (next === version) return;
    version = next;
    crumbs.replaceChildren(`ship ${one.ship} · service `, h('a', { class: 'link', href: '/service/' + encodeURIComponent(one.service) }, one.service), ...(one.container ? [' · container ', h('code', {}, one.container.id.slice(0, 12))] : []));
    state.replaceChildren(h('span', { class: 'state s-' + kind }, icon(kind), `${head} ${tail}`));
    const shown = `${RUNS.has(one.state)} ${isReady(kind)}`;
    if (tools.dataset.shown !== shown) {
      tools.dataset.shown = shown;
      tools.replaceChildren(...actions('instance', name, RUNS.has(one.state), !RUNS.has(one.state)).filter(Boolean));
    }
    compare();
  }

  async function count() {
    let pause = 5000;
    try {
      const told = await get('usage/' + encodeURIComponent(name));
      if (!told.is_counted) pause = 1000;
      used.replaceChildren(...use(told));
      since.textContent = minutes(told.history);
    } catch { /* the state says what does not answer */ }
    if (timer >= 0) timer = setTimeout(count, pause);
  }
  timer = setTimeout(count, 50);
  used.append(h('p', { class: 'muted' }, 'Counting…'));
  return { title: name, update, leave: () => { clearTimeout(timer); timer = -1; follower.leave(); } };
}

const EQUAL = 8; // fields that are as declared, before "n more"
function table({ diff, inspect }) {
  const differing = (diff && diff.differences) || [], fields = new Set(differing.map(one => one.field));
  const mounts = list => list.map(one => `${one.source} → ${one.path}`).join(', ');
  const equal = inspect ? [['image', inspect.image], ['ports', inspect.ports.join(', ')], ['networks', inspect.networks.join(', ')], ['mounts', mounts(inspect.mounts)], ['ship', inspect.ship], ['container', inspect.container]]
    .filter(([field, running]) => !fields.has(field) && running).slice(0, EQUAL) : [];
  const rows = differing.map(one => h('tr', { class: 'd' }, h('th', { scope: 'row' }, h('span', { class: 'sgn' }, icon('diff')), hidden('differs: '), one.field),
    h('td', { 'data-l': 'running' }, h('b', {}, value(one.running))), h('td', { 'data-l': 'declared' }, h('b', {}, value(one.declared))), h('td', { class: 'w', 'data-l': 'where' }, place(one))));
  rows.push(...equal.map(([field, running]) => h('tr', {}, h('th', { scope: 'row' }, field), h('td', { 'data-l': 'running' }, running), h('td', { class: 'muted', 'data-l': 'declared' }, 'the same'), h('td', { class: 'w' }))));
  const sum = differing.length ? h('span', { class: 'state s-diff' }, icon('diff'), `${differing.length} ${differing.length === 1 ? 'field differs' : 'fields differ'}`)
    : diff && diff.state === 'same' ? h('span', { class: 'state s-ready' }, icon('ready'), 'as declared')
      : diff ? h('span', { class: 'state s-stopped' }, icon('stopped'), diff.reason || diff.state) : null;
  return panel('Declared beside running', sum, rows.length ? h('table', { class: 'kv' }, h('colgroup', {}, h('col', { class: 'f' }), h('col'), h('col'), h('col', { class: 'w' })),
    h('thead', {}, h('tr', {}, ['field', 'running', 'declared', 'where'].map(word => h('th', { scope: 'col' }, word)))), h('tbody', {}, rows)) : h('p', { class: 'body muted' }, 'Nothing runs that could be compared.'));
}
