// The overview: what is wrong first, then services, then ships.
import { ago, bytes, clock, count, empty, h, hidden, icon, patch } from './dom.js';
import { retry, told } from './main.js';
import { get } from './net.js';
import { ORDER, WORD, isChanged, isReady, note, rank, sentence, stateOf, words } from './states.js';

const ATTENTION = 12;      // rows before "n more"
const COLUMNS = 6;         // ships that stand side by side
const READY_ROWS = 12;     // ready instances of a ship that are shown at once
const PARTS = ['ready', 'up', 'diff', 'busy', 'stopped', 'blocked', 'absent', 'unknown', 'bad'];

const link = name => '/instance/' + encodeURIComponent(name);
const counted = list => {
  const sums = {};
  for (const state of list) sums[state] = (sums[state] || 0) + 1;
  return sums;
};
const marks = states => h('div', { class: 'marks', role: 'img', 'aria-label': ORDER.filter(s => counted(states)[s]).map(s => `${counted(states)[s]} ${words(s, counted(states)[s])}`).join(', ') },
  states.map(state => icon(state === 'ready' || state === 'up' ? 'dot' : state, 's-' + state)));

export default function overview(main) {
  const chosen = new Set(), open = new Set(), usage = new Map();
  let last = null, all = false, timer = 0, revision = null, runs = '';
  const ready = h('span', {}, '–'), total = h('span', {}, '–'), about = h('p', {}), bar = h('svg', { class: 'fleet', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  const plan = h('a', { class: 'btn primary', href: '/plan' }, 'See the plan');
  const attention = h('ul', { class: 'attn' }), number = h('span', { class: 'count' }), more = h('button', { type: 'button', class: 'more', hidden: true, onclick: () => { all = !all; draw(); } });
  const sums = h('tbody'), chips = h('div', { class: 'chips', role: 'group', 'aria-label': 'Show only these states' });
  const shown = h('span', { class: 'muted', role: 'status' }), ships = h('div', {});
  const filter = h('input', { type: 'search', placeholder: 'Filter by name', autocomplete: 'off', spellcheck: 'false', oninput: () => draw() });
  const clear = h('button', { class: 'btn quiet', type: 'button', hidden: true, onclick: () => { filter.value = ''; chosen.clear(); draw(); filter.focus(); } }, 'Clear');
  const attentionPanel = h('section', { class: 'panel c8', 'aria-labelledby': 'h-attn' }, h('header', {}, h('h2', { id: 'h-attn' }, 'Needs attention'), number), attention, more);
  main.append(
    h('div', { class: 'stack' },
      h('div', { class: 'head' }, h('div', {}, h('h1', {}, ready, h('span', { class: 'of' }, ' of ', total), ' instances ready'), about),
        h('div', { class: 'tools' }, plan)), bar),
    attentionPanel,
    h('section', { class: 'panel c4', 'aria-labelledby': 'h-sum' }, h('header', {}, h('h2', { id: 'h-sum' }, 'Services')),
      h('table', { class: 'sum' }, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'service'), h('th', { scope: 'col' }, 'instances'), h('th', { scope: 'col', class: 'num' }, 'ready'))), sums)),
    h('div', { class: 'stack' },
      h('div', { class: 'tools' }, h('h2', { class: 'sec' }, 'Ships'), chips, h('span', { class: 'grow' }), shown, clear,
        h('label', { class: 'field' }, icon('search'), hidden('Filter by name, service or ship'), filter, h('kbd', { 'aria-hidden': 'true' }, '/'))),
      ships));

  function draw() {
    if (!last) return;
    const instances = last.state.status.instances.map(one => ({ ...one, kind: stateOf(one) }));
    const orphans = last.state.status.orphans.map(one => ({ ...one, kind: 'orphan', instance: one.container }));
    const sum = counted(instances.map(one => one.kind));
    ready.textContent = instances.filter(one => isReady(one.kind)).length.toLocaleString('en');
    total.textContent = instances.length.toLocaleString('en');
    plan.textContent = seeThePlan(instances);
    about.replaceChildren(...facts());
    drawBar(sum, instances.length);
    drawAttention(instances, orphans);
    told();
    drawServices(instances);
    drawChips(counted(instances.concat(orphans).map(one => one.kind)));
    drawShips(instances, orphans);
  }

  // Ships, the newest revision, when the file was written.
  function facts() {
    const { ships, file, time } = last.state, parts = [count(ships.length, 'ship')];
    if (revision) {
      const age = revision.age_seconds === null ? '' : `, ${ago(revision.age_seconds + (Date.now() - revision.at) / 1000)} ago`;
      parts.push(' · ', h('a', { class: 'link', href: '/revisions' }, `revision ${revision.generation}`), `${age} by ${revision.by}`);
    }
    if (file.written) parts.push(' · ', h('code', {}, file.name), ` changed ${ago((new Date(time) - new Date(file.written)) / 1000)} ago`);
    return parts;
  }

  // The newest revision is another one after a run.
  function ask() {
    const { run, lease } = last.state, now = JSON.stringify([run, lease]);
    if (now === runs) return;
    runs = now;
    if (lease || (run && run.exit_code === null)) return;
    get('history').then(document => {
      revision = document.generations.length ? { ...document.generations[0], at: Date.now() } : null;
      draw();
    }, () => { /* the state says what does not answer */ });
  }

  function drawBar(sum, of) {
    const parts = PARTS.filter(state => sum[state]);
    let x = 0;
    bar.replaceChildren(...parts.map(state => {
      const width = Math.max(8, sum[state] / of * (1200 - parts.length * 2));
      const part = h('rect', { x: x.toFixed(1), y: 0, width: width.toFixed(1), height: 8, rx: 1, class: 'f-' + (state === 'stopped' ? 'absent' : state) });
      x += width + 2;
      return part;
    }));
    bar.setAttribute('viewBox', `0 0 ${Math.max(1, x - 2).toFixed(1)} 8`);
  }

  // One cause, one row: ships that are lost, then instances, those with the same sentence together.
  function drawAttention(instances, orphans) {
    const rows = [];
    const lost = new Set();
    for (const ship of last.state.status.unreachable) {
      lost.add(ship.ship);
      const known = last.state.ships.find(one => one.ship === ship.ship) || {};
      const names = instances.filter(one => one.ship === ship.ship).map(one => one.instance);
      rows.push({ kind: 'unknown', names: [ship.ship], where: 'ship', head: known.lost ? `Unreachable since ${clock(known.lost)}.` : 'Unreachable.', tail: ship.reason || '', more: names.length ? `What runs there is not known: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}.` : '' });
    }
    const same = new Map();
    for (const one of instances) {
      if (['ready', 'up', 'busy'].includes(one.kind) || (one.kind === 'unknown' && lost.has(one.ship))) continue;
      const [head, tail, more] = withValues(one, sentence(one)), key = [one.kind, head, tail].join('\n');
      if (!same.has(key)) same.set(key, { kind: one.kind, names: [], ships: new Set(), head, tail, more });
      same.get(key).names.push(one.instance);
      same.get(key).ships.add(one.ship);
    }
    for (const row of same.values()) rows.push({ ...row, where: row.ships.size === 1 ? [...row.ships][0] : count(row.ships.size, 'ship') });
    for (const one of orphans) rows.push({ kind: 'orphan', names: [one.instance], where: one.ship, head: `Orphan, ${one.status || one.container_state}.`, tail: 'The file does not declare it; apply leaves it alone.' });
    rows.sort((a, b) => rank(a.kind) - rank(b.kind));
    number.textContent = rows.length;
    const visible = all ? rows : rows.slice(0, ATTENTION);
    attentionPanel.classList.toggle('calm', !rows.length);
    if (instances.length && instances.every(one => one.kind === 'absent')) {
      number.textContent = '';
      more.hidden = true;
      return patch(attention, [['new', String(instances.length), () => h('li', { class: 'whole' }, empty('absent', 'Nothing runs yet', `The file declares ${count(instances.length, 'instance')} on ${count(last.state.ships.length, 'ship')}; none is created.`))]]);
    }
    if (!rows.length) {
      patch(attention, [['none', instances.length + '', () => h('li', { class: 's-ready' }, icon('ready', 's-ready'), h('span', { class: 'who' }, 'Nothing'), h('span'), h('span', { class: 'what' }, instances.length ? 'All instances run as the file declares.' : 'The file declares no instances.'))]]);
    } else {
      patch(attention, visible.map(row => [row.kind + row.names[0] + row.head, JSON.stringify([row.names, row.tail, row.more, row.where]), () => attentionRow(row)]));
    }
    more.hidden = rows.length <= ATTENTION;
    more.textContent = all ? 'Show fewer' : `${rows.length - ATTENTION} more`;
  }

  function attentionRow(row) {
    const names = row.names.slice(0, 6), isShip = row.where === 'ship', isInstance = !isShip && row.kind !== 'orphan';
    const act = row.kind === 'stopped' && names.length === 1 ? [['Start', `/plan?do=start&instance=${encodeURIComponent(names[0])}`]]
      : ['diff', 'absent', 'stopped', 'blocked'].includes(row.kind) ? [['Plan', '/plan']] : [];
    if (isInstance && row.kind === 'bad') act.push(['Log', link(row.names[0])]);
    else if (isInstance && !act.length) act.push(['Open', link(row.names[0])]);
    return h('li', { class: 's-' + row.kind }, icon(row.kind, 's-' + row.kind),
      h('span', { class: 'who' }, hidden(WORD[row.kind] + ': '), names.flatMap((name, at) => [at ? ', ' : '', isInstance ? h('a', { href: link(name) }, name) : h('span', {}, name)]), row.names.length > 6 ? ` and ${row.names.length - 6} more` : ''),
      h('span', { class: 'where' }, row.where),
      h('span', { class: 'what' }, h('b', {}, row.names.length > 1 ? row.head.replace('differs', 'differ') : row.head), ' ', row.tail, row.more && h('span', {}, row.more)),
      h('span', { class: 'acts' }, isShip && h('button', { class: 'btn small', type: 'button', 'data-change': 'retry', 'aria-label': `Try now: ${names[0]}`, onclick: retry }, 'Try now'), act.map(([word, href]) => h('a', { class: 'btn small', href, 'aria-label': `${word}: ${row.names.slice(0, 6).join(', ')}` }, word))));
  }

  function drawServices(instances) {
    const services = new Map();
    for (const one of instances) {
      if (!services.has(one.service)) services.set(one.service, []);
      services.get(one.service).push(one.kind);
    }
    const rows = [...services].map(([name, states]) => [name, states.sort((a, b) => rank(a) - rank(b))]);
    rows.sort((a, b) => rank(a[1][0]) - rank(b[1][0]) || (a[0] < b[0] ? -1 : 1));
    patch(sums, rows.map(([name, states]) => [name, states.join(), () => h('tr', {}, h('td', {}, h('a', { href: '/service/' + encodeURIComponent(name) }, name)),
      h('td', {}, states.length <= 8 ? marks(states) : h('span', { class: 'soft' }, ORDER.filter(s => s !== 'ready' && counted(states)[s]).map(s => `${counted(states)[s]} ${words(s, counted(states)[s])}`).join(', ') || 'all ready')),
      h('td', { class: 'num' }, h('b', {}, states.filter(isReady).length), h('span', { class: 'muted' }, ' of ' + states.length)))]));
  }

  function drawChips(sum) {
    patch(chips, ORDER.filter(state => sum[state]).map(state => [state, `${sum[state]} ${chosen.has(state)}`, () =>
      h('button', { type: 'button', class: 'chip s-' + state, 'aria-pressed': String(chosen.has(state)), onclick: () => { chosen.has(state) ? chosen.delete(state) : chosen.add(state); draw(); } },
        icon(state), h('b', {}, sum[state]), state === 'ready' ? 'ready, as declared' : words(state, sum[state]))]));
  }

  function drawShips(instances, orphans) {
    const text = filter.value.trim().toLowerCase();
    const hit = one => (!chosen.size || chosen.has(one.kind)) && (!text || `${one.instance} ${one.service || ''} ${one.ship}`.toLowerCase().includes(text));
    const everything = instances.concat(orphans), hits = everything.filter(hit), isFiltered = chosen.size > 0 || text !== '';
    shown.textContent = isFiltered ? `${hits.length} of ${everything.length} shown` : '';
    clear.hidden = !isFiltered;
    const groups = last.state.ships.map(ship => ({ ship, own: hits.filter(one => one.ship === ship.ship).sort((a, b) => rank(a.kind) - rank(b.kind)), whole: instances.filter(one => one.ship === ship.ship) }));
    const kept = groups.filter(group => group.own.length || !isFiltered);
    if (!kept.length) {
      ships.className = 'panel';
      return ships.replaceChildren(empty('search', 'Nothing matches', 'What needs attention stands above, whatever the filter.'));
    }
    if (ships.firstElementChild && !ships.firstElementChild.dataset.key) ships.replaceChildren();
    if (last.state.ships.length <= COLUMNS) {
      ships.className = 'ships';
      patch(ships, kept.map(group => [group.ship.ship, shipVersion(group), () => column(group)]));
    } else rows(kept, isFiltered);
  }

  const shipVersion = group => JSON.stringify([group.ship, sumOf(group.whole), group.own.map(one => [one.instance, one.kind, note(one), usageOf(one)]), open.has(group.ship.ship)]);
  // What the instances of a ship use together.
  const sumOf = whole => {
    const used = whole.map(one => usage.get(one.instance)).filter(Boolean), sum = key => used.reduce((all, one) => all + (one[key] || 0), 0);
    return used.length ? `CPU ${sum('percent').toFixed(1)} % · ${bytes(sum('bytes'))}` : '';
  };
  const usageOf = one => { const used = usage.get(one.instance); return used ? [used.text, used.memory] : null; };

  function column({ ship, own, whole }) {
    const lost = !ship.reachable, name = ship.ship;
    const well = own.filter(one => one.kind === 'ready' || one.kind === 'up'), wrong = own.filter(one => !well.includes(one));
    const visible = open.has(name) ? well : well.slice(0, READY_ROWS);
    return h('section', { class: 'panel ship ' + (lost ? 's-unknown' : 's-ready'), 'aria-label': 'ship ' + name },
      h('header', {}, icon('ship'), h('h2', {}, name),
        lost ? h('span', { class: 'state s-unknown' }, icon('unknown'), 'unreachable') : h('span', { class: 'soft num' }, h('b', {}, whole.filter(one => isReady(one.kind)).length), ` of ${whole.length} ready`),
        h('span', { class: 'addr' }, h('span', {}, ship.endpoint), ship.lost ? h('span', {}, 'lost at ' + clock(ship.lost)) : h('span', {}, sumOf(whole)))),
      own.length ? h('ul', { class: 'rows' }, wrong.concat(visible).map(instanceRow)) : h('p', { class: 'body muted' }, 'No instances.'),
      well.length > READY_ROWS && h('button', { type: 'button', class: 'more', 'aria-expanded': String(open.has(name)), onclick: () => { open.has(name) ? open.delete(name) : open.add(name); draw(); } },
        icon('ready'), open.has(name) ? 'Show fewer' : h('span', {}, h('b', {}, `${well.length - READY_ROWS} more`), ', all ready'), icon('next', 'turn')));
  }

  function instanceRow(one) {
    const used = usage.get(one.instance), isWell = one.kind === 'ready' || one.kind === 'up';
    const content = [icon(one.kind, 's-' + one.kind), h('span', { class: 'nm cut' }, hidden(WORD[one.kind] + ': '), one.instance),
      h('span', { class: 'nt cut' + (isWell ? '' : ' long') + (['bad', 'diff'].includes(one.kind) ? ' hot' : '') }, one.kind === 'orphan' ? `orphan, ${one.status || ''}` : note(one)),
      isWell && [used ? spark(used.series) : h('span', { class: 'o1' }), h('span', { class: 'num o1' }, used ? used.text : '')],
      h('span', { class: 'num' }, used ? used.memory : '')];
    return h('li', {}, one.kind === 'orphan' ? h('span', { class: 'inst s-orphan' }, content) : h('a', { class: 'inst s-' + one.kind, href: link(one.instance) }, content));
  }

  // Many ships: those with something wrong, then all well ones as one row.
  function rows(groups, isFiltered) {
    ships.className = 'panel';
    const wrong = group => group.own.filter(one => one.kind !== 'ready' && one.kind !== 'up');
    const bad = groups.filter(group => wrong(group).length || !group.ship.reachable || isFiltered);
    bad.sort((a, b) => worst(a) - worst(b));
    const well = groups.filter(group => !bad.includes(group));
    const list = [['head', '', () => h('div', { class: 'fl h', 'aria-hidden': 'true' }, h('span'), h('span', {}, 'ship'), h('span', { class: 'num' }, 'ready'), h('span', { class: 'o1' }, 'instances'), h('span', {}, 'what is wrong'))]];
    for (const group of bad) list.push([group.ship.ship, shipVersion(group), () => shipRow(group, wrong(group))]);
    if (well.length) {
      const of = well.reduce((sum, group) => sum + group.own.length, 0), isOpen = open.has('');
      list.push(['rest', `${well.length} ${of} ${isOpen}`, () => h('button', { type: 'button', class: 'more', 'aria-expanded': String(isOpen), onclick: () => { isOpen ? open.delete('') : open.add(''); draw(); } },
        icon('ready'), h('span', {}, h('b', {}, count(well.length, 'more ship')), `, ${count(of, 'instance')}: all ready, as declared`), icon('next', 'turn'))]);
      if (isOpen) for (const group of well) list.push([group.ship.ship, shipVersion(group), () => shipRow(group, [])]);
    }
    patch(ships, list);
  }
  const worst = group => group.ship.reachable ? Math.min(...group.own.map(one => rank(one.kind)), 99) : 0;

  function shipRow({ ship, own, whole }, wrong) {
    const kind = !ship.reachable ? 'unknown' : wrong.length ? wrong[0].kind : 'ready';
    return h('a', { class: 'fl' + (kind === 'ready' ? ' ok' : ''), href: '#', onclick: event => { event.preventDefault(); filter.value = ship.ship; draw(); filter.focus(); } }, icon(kind, 's-' + kind), h('span', { class: 'nm' }, ship.ship),
      h('span', { class: 'num' }, ship.reachable ? [h('b', {}, whole.filter(one => isReady(one.kind)).length), h('span', { class: 'muted' }, ' of ' + whole.length)] : h('span', { class: 'muted' }, '? of ' + whole.length)),
      (() => { const drawn = marks(own.slice(0, 40).map(one => one.kind)); drawn.classList.add('o1'); return drawn; })(),
      h('span', { class: 'what cut' }, !ship.reachable ? h('b', { class: 's-unknown' }, 'unreachable' + (ship.lost ? ' since ' + clock(ship.lost) : '')) : wrong.slice(0, 2).map((one, at) => [at ? ' · ' : '', h('b', { class: 's-' + one.kind }, one.instance), ' ' + note(one)]), ship.reachable && wrong.length > 2 ? ` · ${wrong.length - 2} more` : ''));
  }

  // The server counts every 10 seconds; what was before is asked for once.
  async function count10() {
    let pause = 10000;
    try {
      const document = await get(usage.size ? 'stats' : 'stats/history'), history = document.history || {};
      if (!document.is_counted) pause = 1000;
      const counted = new Set(document.instances.map(one => one.instance));
      for (const name of [...usage.keys()]) if (!counted.has(name)) usage.delete(name);
      for (const one of document.instances) {
        const known = usage.get(one.instance) || { series: history[one.instance] || [] };
        if (!history[one.instance]) known.series = known.series.concat(one.cpu_percent || 0).slice(-28);
        known.text = one.cpu_percent === null || one.cpu_percent === undefined ? '–' : one.cpu_percent.toFixed(1) + ' %';
        known.memory = bytes(one.memory_bytes);
        [known.percent, known.bytes] = [one.cpu_percent, one.memory_bytes];
        usage.set(one.instance, known);
      }
      draw();
    } catch { /* the state says what does not answer */ }
    if (timer >= 0) timer = setTimeout(count10, pause);
  }
  timer = setTimeout(count10, 100);

  return { title: 'Overview', update: live => { last = live; ask(); draw(); }, leave: () => { clearTimeout(timer); timer = -1; } };
}

// Where something differs: what was and what the file says, and its lines there.
const SHOWN = 4;
function withValues(one, [head, tail]) {
  const list = stateOf(one) === 'diff' && one.container ? one.container.differences || [] : [];
  if (!list.length) return [head, tail, ''];
  const value = text => text === null || text === undefined ? 'not set' : text.length > 40 ? text.slice(0, 39) + '…' : text;
  const parts = list.slice(0, SHOWN).map(each => `${each.field} ${value(each.running)} → ${value(each.declared)}`);
  if (list.length > SHOWN) parts.push(`${list.length - SHOWN} more`);
  const places = new Map();
  for (const { file, line } of list) if (file && line) places.set(file, [...(places.get(file) || []), `:${line}`]);
  return [head, parts.join(', '), [...places].map(([file, lines]) => file.split('/').pop() + [...new Set(lines)].slice(0, SHOWN).join(', ')).join(' · ')];
}

// What `apply` would do, in a few words.
function seeThePlan(instances) {
  const changed = instances.filter(isChanged), absent = changed.filter(one => one.state === 'absent');
  if (!changed.length) return 'See the plan';
  return absent.length === changed.length ? `See the plan: ${absent.length.toLocaleString('en')} to create` : `See the plan: ${count(changed.length, 'change')}`;
}

function spark(series) {
  const most = Math.max(...series, 5), step = 56 / Math.max(series.length - 1, 7);
  const at = index => (56 - (series.length - 1 - index) * step).toFixed(1);
  return h('svg', { class: 'spark o1', viewBox: '0 0 56 16', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    h('path', { d: series.map((value, index) => `${index ? 'L' : 'M'}${at(index)} ${(15 - value / most * 14).toFixed(1)}`).join('') }));
}
