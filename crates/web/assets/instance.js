// One instance: declared beside running, its log, what it uses.
import { bytes, h, hidden, icon, panel } from './dom.js';
import { get, session } from './net.js';
import log from './log.js';
import { sentence, stateOf } from './states.js';

const value = text => text === null || text === undefined ? h('span', { class: 'muted' }, 'not set') : text;
const place = one => one.file ? `${one.file.split('/').pop()}${one.line ? ':' + one.line : ''}` : '';

export default function instance(main, name) {
  const state = h('p', {}), crumbs = h('p', { class: 'crumbs' }), comparison = h('div', {}), facts = h('div', { class: 'stack c4' });
  const follower = log(name, `${session.invocation} logs ${name}`);
  const use = h('div', { class: 'use' });
  const series = { memory: [], cpu: [] };
  let version = '', timer = 0;
  facts.append(panel('Use', null, use));
  main.append(
    h('div', { class: 'head' }, h('div', {}, crumbs, h('h1', {}, name), state),
      h('div', { class: 'tools' }, h('a', { class: 'btn primary', href: '/plan' }, 'See the plan'))),
    h('div', { class: 'stack c8' }, comparison, follower.node), facts);

  async function compare() {
    try {
      const document = await get('instance/' + encodeURIComponent(name));
      comparison.replaceChildren(table(document));
      const inspected = document.inspect;
      for (const old of facts.querySelectorAll('[data-fact]')) old.remove();
      if (inspected) facts.append(...factPanels(inspected));
    } catch (error) {
      comparison.replaceChildren(panel('Declared beside running', null, h('p', { class: 'body' }, error.message)));
    }
  }

  function update(live) {
    const one = live.instances.get(name);
    if (!one) return state.replaceChildren(h('span', { class: 'state s-unknown' }, icon('unknown'), 'The file declares no instance of this name'));
    const kind = stateOf(one), [head, tail] = sentence(one);
    const next = JSON.stringify([one.state, one.ready, one.reason, one.container]);
    if (next === version) return;
    version = next;
    crumbs.replaceChildren(`ship ${one.ship} · service ${one.service}`, ...(one.container ? [' · container ', h('code', {}, one.container.id.slice(0, 12))] : []));
    state.replaceChildren(h('span', { class: 'state s-' + kind }, icon(kind), `${head} ${tail}`));
    compare();
  }

  async function count() {
    try {
      const used = (await get('stats')).instances.find(one => one.instance === name);
      if (used && used.memory_bytes !== undefined) {
        series.memory = series.memory.concat(used.memory_bytes).slice(-60);
        series.cpu = series.cpu.concat(used.cpu_percent || 0).slice(-60);
        use.replaceChildren(
          h('div', {}, h('h3', { class: 'muted' }, 'Memory'), h('div', { class: 'v' }, bytes(used.memory_bytes), h('small', {}, ` of ${bytes(used.memory_limit_bytes)}`)), chart(series.memory, Math.max(...series.memory) * 1.2, 'Memory')),
          h('div', {}, h('h3', { class: 'muted' }, 'CPU'), h('div', { class: 'v' }, (used.cpu_percent || 0).toFixed(1), h('small', {}, ' % of 1 core')), chart(series.cpu, Math.max(5, ...series.cpu), 'CPU')));
      } else use.replaceChildren(h('p', { class: 'muted' }, 'It does not run.'));
    } catch { /* the state says what does not answer */ }
    if (timer >= 0) timer = setTimeout(count, 4000);
  }
  timer = setTimeout(count, 200);
  use.append(h('p', { class: 'muted' }, 'Counting…'));
  return { title: name, update, leave: () => { clearTimeout(timer); timer = -1; follower.leave(); } };
}

function table({ diff, inspect }) {
  const differing = (diff && diff.differences) || [], fields = new Set(differing.map(one => one.field));
  const equal = inspect ? [['image', inspect.image, inspect.declared.image], ['ports', inspect.ports.join(', '), inspect.declared.ports.join(', ')], ['networks', inspect.networks.join(', '), inspect.declared.networks.join(', ')],
    ['mounts', inspect.mounts.map(one => `${one.source} → ${one.path}`).join(', '), inspect.declared.mounts.map(one => `${one.source} → ${one.path}`).join(', ')], ['ship', inspect.ship, inspect.declared.ship], ['container', inspect.container, inspect.declared.container]]
    .filter(([field, running, declared]) => !fields.has(field) && running) : [];
  const rows = differing.map(one => h('tr', { class: 'd' }, h('th', { scope: 'row' }, h('span', { class: 'sgn' }, icon('diff')), hidden('differs: '), one.field),
    h('td', { 'data-l': 'running' }, h('b', {}, value(one.running))), h('td', { 'data-l': 'declared' }, h('b', {}, value(one.declared))), h('td', { class: 'w', 'data-l': 'where' }, place(one))));
  rows.push(...equal.map(([field, running]) => h('tr', {}, h('th', { scope: 'row' }, field), h('td', { 'data-l': 'running' }, running), h('td', { class: 'muted', 'data-l': 'declared' }, 'the same'), h('td', { class: 'w' }))));
  const sum = differing.length ? h('span', { class: 'state s-diff' }, icon('diff'), `${differing.length} ${differing.length === 1 ? 'field differs' : 'fields differ'}`)
    : h('span', { class: 'state s-ready' }, icon('ready'), diff && diff.state === 'same' ? 'as declared' : diff ? diff.reason || diff.state : '');
  return panel('Declared beside running', sum, rows.length ? h('table', { class: 'kv' }, h('colgroup', {}, h('col', { class: 'f' }), h('col'), h('col'), h('col', { class: 'w' })),
    h('thead', {}, h('tr', {}, ['field', 'running', 'declared', 'where'].map(word => h('th', { scope: 'col' }, word)))), h('tbody', {}, rows)) : h('p', { class: 'body muted' }, 'Nothing runs that could be compared.'));
}

function factPanels(one) {
  const facts = [['Status', one.status], ['Started', one.started && new Date(one.started).toLocaleString()], ['Restarts', one.restarts], ['Health', one.health], ['Exit code', one.exit_code], ['Image id', one.image_id && one.image_id.replace('sha256:', '').slice(0, 12)], ['Error', one.error]]
    .filter(([, fact]) => fact !== null && fact !== undefined && fact !== '');
  const node = panel('Container', null, h('div', { class: 'body' }, h('dl', { class: 'dl' }, facts.map(([name, fact]) => [h('dt', {}, name), h('dd', {}, String(fact))]))));
  node.dataset.fact = '';
  return [node];
}

function chart(series, most, what) {
  const x = index => (280 - (series.length - 1 - index) * 280 / 59).toFixed(1), y = number => (55 - number / (most || 1) * 52).toFixed(1);
  const line = series.map((number, index) => `${index ? 'L' : 'M'}${x(index)} ${y(number)}`).join('');
  return h('svg', { class: 'chart', viewBox: '0 0 280 56', preserveAspectRatio: 'none', role: 'img', 'aria-label': `${what} of the last ${series.length * 4} seconds` },
    h('path', { class: 'ar', d: `${line}L280 55L${x(0)} 55z` }), h('path', { class: 'ln', d: line }), h('line', { class: 'base', x1: 0, x2: 280, y1: 55.5, y2: 55.5 }));
}
