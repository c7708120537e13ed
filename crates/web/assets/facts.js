// What is known of one instance beside its container: checks, links, use, history.
import { bytes, clock, h, hidden, icon, panel } from './dom.js';
import { stateOf, WORD } from './states.js';

export const instanceLink = name => h('a', { class: 'link', href: '/instance/' + encodeURIComponent(name) }, name);
const row = (sign, kind, text, end, sub) => h('li', {}, icon(sign, kind), h('span', {}, text), h('span', { class: 'muted num' }, end || ''), sub && h('span', { class: 'sub' }, sub));

export function containerPanel(one) {
  const facts = [['Status', one.status], ['Started', one.started && new Date(one.started).toLocaleString()], ['Restarts', one.restarts], ['Health', one.health], ['Exit code', one.exit_code], ['Image id', one.image_id && one.image_id.replace('sha256:', '').slice(0, 12)], ['Error', one.error]]
    .filter(([, fact]) => fact !== null && fact !== undefined && fact !== '');
  return panel('Container', null, h('div', { class: 'body' }, h('dl', { class: 'dl' }, facts.map(([name, fact]) => [h('dt', {}, name), h('dd', {}, String(fact))]))));
}

// Each check with its last outcome, then the last runs of the health check, newest first.
export function checksPanel(checks) {
  const rows = ((checks && checks.checks) || []).map(one => one.passed === null
    ? row('up', 'muted', [hidden('not tried: '), one.check], 'not tried')
    : row(one.passed ? 'ready' : 'bad', one.passed ? 's-ready' : 's-bad', [hidden(one.passed ? 'passed: ' : 'failed: '), one.check], one.passed ? 'passed' : 'failed', one.reason));
  const runs = [...((checks && checks.health_log) || [])].reverse(), passed = runs.filter(one => one.exit_code === 0).length;
  if (checks && checks.health) {
    const kind = { healthy: 'ready', starting: 'busy' }[checks.health] || 'bad', last = runs[0];
    rows.push(row(kind, 's-' + kind, ['Health check: ', h('b', {}, checks.health)], runs.length ? `${passed} of ${runs.length} passed` : '', last && `last run: exit ${last.exit_code}${last.output.trim() ? `, ${last.output.trim()}` : ', it wrote nothing'}`));
  }
  return panel('Checks', null, rows.length ? h('ul', { class: 'list' }, rows) : h('p', { class: 'body muted' }, 'No check tells whether it is ready: it is up as long as its container runs.'));
}

const carried = one => ({ alias: `alias on network ${one.network}`, 'network-alias': `network alias of ${one.network}`, 'docker-link': 'Docker link on network bridge', addresses: `/etc/hosts: ${one.addresses.join(', ')}` })[one.carried] || one.carried;

// Which name leads where, how it is carried, and who has a link to this instance.
export function linksPanel(links, reached, live) {
  const rows = links.map(one => {
    const states = one.targets.map(target => live.instances.get(target.instance)).map(known => known ? stateOf(known) : 'unknown');
    const worst = states.find(state => state !== 'ready' && state !== 'up' && state !== 'diff') || states[0] || 'unknown';
    return row(worst, 's-' + worst, [hidden(WORD[worst] + ': '), h('b', {}, one.alias), ' leads to ', one.targets.flatMap((target, at) => [at ? ', ' : '', instanceLink(target.instance), target.ship !== one.ship ? ` on ${target.ship}` : ''])], one.ports.length ? 'port ' + one.ports.join(', ') : '', carried(one));
  });
  if (reached.length) rows.push(row('move', 'muted', ['reached by ', reached.slice(0, 12).flatMap((name, at) => [at ? ', ' : '', instanceLink(name)]), reached.length > 12 ? ` and ${reached.length - 12} more` : '']));
  const graph = h('a', { class: 'link nowrap end', href: '/graph' }, 'Graph');
  return panel('Links', graph, rows.length ? h('ul', { class: 'list' }, rows) : h('p', { class: 'body muted' }, 'It has no links, and nothing links to it.'));
}

const HAPPENED = {
  die: one => ['bad', `ended, exit ${one.exitCode || '0'}`], oom: () => ['bad', 'out of memory'], kill: one => one.signal === '9' ? ['bad', 'killed'] : null, start: () => ['ready', 'started'],
  create: () => ['create', 'created'], destroy: () => ['remove', 'removed'], stop: () => ['stopped', 'stopped'], restart: () => ['replace', 'restarted'], pause: () => ['stopped', 'paused'], unpause: () => ['ready', 'goes on'], 
};

// One event of the engine as a sign and a text; none if it tells nothing of the instance's life.
function happened(one) {
  const [word, more] = one.event.split(/: ?/);
  if (word === 'health_status') return [more === 'healthy' ? 'ready' : 'bad', more || 'health'];
  const attributes = one.attributes || {};
  if (one.type !== 'container' || !HAPPENED[word]) return null;
  const told = HAPPENED[word](attributes);
  if (!told) return null;
  const [kind, text] = told;
  return [word === 'die' && (attributes.exitCode || '0') === '0' ? 'stopped' : kind, text];
}

const SHOWN = 8;
const day = time => new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

// Events of the last hour, repeats as one row, then the revisions that changed the instance.
export function historyPanel(events, revisions) {
  const groups = new Map();
  for (const event of events) {
    const told = happened(event);
    if (!told) continue;
    const one = { time: event.time, kind: told[0], text: told[1] };
    const known = groups.get(one.text) || { ...one, number: 0, first: one.time };
    groups.set(one.text, { ...known, number: known.number + 1, time: one.time > known.time ? one.time : known.time, first: one.time < known.first ? one.time : known.first });
  }
  const times = [...groups.values()].sort((a, b) => (a.time < b.time ? 1 : -1));
  const rows = times.slice(0, SHOWN).map(one => row(one.kind, one.kind === 'bad' ? 's-bad' : 'muted', one.number > 1 ? `${one.text}, ${one.number} times` : one.text, one.number > 1 ? `${clock(one.first)} to ${clock(one.time)}` : clock(one.time)));
  rows.push(...revisions.map(one => {
    const [change] = one.changes, kind = !change.image_before ? 'create' : !change.image_after ? 'remove' : 'replace', word = { create: 'created', remove: 'removed', replace: 'replaced' }[kind];
    return row(kind, 'muted', [h('a', { class: 'link', href: '/revisions' }, `revision ${one.generation}`), `: ${word}${change.keys.length ? ` (${change.keys.join(', ')})` : ''}`], one.created ? day(one.created) : '', `${one.by} · ${one.command}`);
  }));
  return panel('History', null, rows.length ? h('ul', { class: 'list' }, rows) : h('p', { class: 'body muted' }, 'Nothing in the last hour, and no revision changed it.'));
}

// What it used in the last minutes: `history` is a list of [time, processor, memory].
export function use({ now, history, is_counted }) {
  if (!is_counted) return [h('p', { class: 'muted' }, 'Counting…')];
  if (!now || now.memory_bytes === undefined) return [h('p', { class: 'muted' }, now && now.error && now.error !== 'down' ? now.error : 'It does not run.')];
  const memory = history.map(one => [one[0], one[2]]), cpu = history.map(one => [one[0], one[1] || 0]), limit = now.memory_limit_bytes;
  const most = Math.max(...memory.map(one => one[1]), 1), isNear = limit && most > limit / 4;
  return [
    h('div', {}, h('h3', { class: 'muted' }, 'Memory'), h('div', { class: 'v' }, bytes(now.memory_bytes), limit ? h('small', {}, ` of ${bytes(limit)}`) : ''), chart(memory, isNear ? limit * 1.05 : most * 1.2, `Memory, at most ${bytes(most)}`, isNear && limit)),
    h('div', {}, h('h3', { class: 'muted' }, 'CPU'), h('div', { class: 'v' }, (now.cpu_percent || 0).toFixed(1), h('small', {}, ' % of 1 core')), chart(cpu, Math.max(5, ...cpu.map(one => one[1])), `CPU, at most ${Math.max(0, ...cpu.map(one => one[1])).toFixed(1)} %`))];
}
export const minutes = history => history.length > 1 ? `last ${Math.max(1, Math.round((history[history.length - 1][0] - history[0][0]) / 60000))} min` : '';

function chart(series, most, what, limit) {
  const end = series.length ? series[series.length - 1][0] : 0, span = Math.max(60000, series.length ? end - series[0][0] : 0);
  const x = time => (280 - (end - time) / span * 280).toFixed(1), y = number => (55 - Math.min(1, number / (most || 1)) * 52).toFixed(1);
  const line = series.map(([time, number], index) => `${index ? 'L' : 'M'}${x(time)} ${y(number)}`).join('');
  return h('svg', { class: 'chart', viewBox: '0 0 280 56', preserveAspectRatio: 'none', role: 'img', 'aria-label': `${what} in the ${minutes(series) || 'last moments'}` },
    series.length > 0 && [h('path', { class: 'ar', d: `${line}L280 55L${x(series[0][0])} 55z` }), h('path', { class: 'ln', d: line })],
    limit && h('line', { class: 'lim', x1: 0, x2: 280, y1: y(limit), y2: y(limit) }), h('line', { class: 'base', x1: 0, x2: 280, y1: 55.5, y2: 55.5 }));
}
