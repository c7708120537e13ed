// A run as it goes: at work first, with bars of the time that each step took.
import { count, empty, h, icon, panel, say, seconds } from './dom.js';
import { findingText, follow, post, problemText, session } from './net.js';
import { sharedName, stepText } from './plan.js';

const KIND = { pull: 'image', carry: 'image', ready: 'until', verify: 'until', pause: 'until', stop: 'stop', kill: 'stop', remove: 'stop' };

export default function run(main, again, back) {
  let plan = null, began = null, ended = null, due = false, timer = 0;
  const steps = new Map(), notes = [], blocked = [];
  const head = h('h1', {}, 'The run begins'), about = h('p', {}, 'Takes the lease and looks again.'), bar = h('rect', { class: 'p1', width: 0, height: 8, rx: 2 });
  const list = h('ul', { class: 'run' }), told = h('ul', { class: 'list' }), tellings = panel('Messages', null, told);
  const picture = h('div', { class: 'pic', tabindex: '0', role: 'region', 'aria-label': 'Bars of the timeline, can be scrolled' });
  const stop = h('button', { class: 'btn danger', type: 'button', 'data-change': 'run', onclick: () => post('interrupt').then(() => say('No new steps start.'), error => note(error.message)) }, 'Start no new steps');
  const tools = h('div', { class: 'tools' }, !session.read_only && stop);
  tellings.hidden = true;
  main.replaceChildren(h('div', { class: 'stack' }, h('div', { class: 'head' }, h('div', {}, head, about), tools),
    h('svg', { class: 'prog', viewBox: '0 0 1000 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, h('rect', { class: 'p0', width: 1000, height: 8, rx: 2 }), bar)),
  h('div', { class: 'stack c4' }, panel('Instances', h('span', { class: 'muted' }, 'at work first'), list), tellings), h('div', { class: 'stack c8' }, panel('Timeline', null, picture, legend())));

  const elapsed = () => began === null ? 0 : performance.now() - began;
  function note(text, kind) { notes.push([text, kind || 'diff']); redraw(); }

  function event(one) {
    switch (one.event) {
      case 'started': began = performance.now(); say('The run has begun.'); break;
      case 'step-started': steps.set(one.step, { ...one, from: elapsed() }); break;
      case 'step-progress': Object.assign(steps.get(one.step) || {}, { progress: one.progress }); break;
      case 'step-retried': Object.assign(steps.get(one.step) || {}, { progress: `tried again: ${one.reason}` }); break;
      case 'step-done': end(one, 'done'); break;
      case 'step-cancelled': end(one, 'cancelled'); break;
      case 'step-failed': end(one, 'failed'); note(`${one.instance || one.action}: ${one.failure.reason}. ${one.failure.state || ''} ${one.failure.next || ''}`, 'bad'); break;
      case 'blocked': blocked.push(one); note(`${one.instance}: ${one.reason}`, 'blocked'); break;
      case 'remark': note([one.instance, one.remark].filter(Boolean).join(': '), 'up'); break;
      case 'note': note(one.text, 'up'); break;
      case 'preflight': for (const finding of one.findings) note(`${finding.ship}: ${findingText(finding)}`, finding.severity === 'error' ? 'bad' : 'diff'); break;
    }
    redraw();
  }
  function end(one, how) {
    const known = steps.get(one.step) || { ...one, from: Math.max(0, elapsed() - (one.milliseconds || 0)) };
    // The run's own measure of time: a page that came later replays all at once.
    if (one.milliseconds !== undefined && elapsed() - known.from < one.milliseconds) known.from = Math.max(0, elapsed() - one.milliseconds);
    steps.set(one.step, { ...known, ...one, how, to: known.from + Math.max(one.milliseconds || 0, 1) });
  }

  function over(document) {
    ended = document;
    stop.remove();
    const word = { 0: 'Done', 1: 'Failed', 4: 'Done in part: a ship did not answer', 5: 'Nothing was changed', 6: 'Refused' }[document.exit_code] || `Ended with exit code ${document.exit_code}`;
    head.textContent = word;
    for (const problem of document.problems || []) note(problemText(problem), 'bad');
    tools.append(h('button', { class: 'btn', type: 'button', onclick: again }, 'Plan again'), ...(back ? [back] : []), h('a', { class: 'btn primary', href: '/' }, 'Overview'));
    say(`The run has ended: ${word}.`);
    clearInterval(timer);
    redraw();
  }

  function redraw() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; draw(); });
  }

  function draw() {
    const all = plan ? plan.steps.filter(step => step.compensation === null) : [], done = all.filter(step => steps.get(step.id)?.how === 'done').length;
    if (!ended && began !== null) head.textContent = 'The run goes on';
    if (plan) about.replaceChildren(h('b', {}, `${done} of ${all.length} steps`), ` · ${seconds(lastTime())}${ended ? ` · exit code ${ended.exit_code}` : ''}`);
    bar.setAttribute('width', all.length ? Math.round(done / all.length * 1000) : 0);
    tellings.hidden = !notes.length;
    told.replaceChildren(...notes.map(([text, kind]) => h('li', {}, icon(kind, 's-' + kind), h('span', {}, text))));
    const rows = instanceRows(all);
    list.replaceChildren(...rows.map(row => h('li', { class: row.sort === 0 ? 'at' : '' }, icon(row.icon, row.kind), h('span', { class: 'who' }, row.name), h('span', { class: 'where muted' }, row.ship), h('span', { class: 'what' + (row.sort === 0 ? '' : ' muted') }, row.what), h('span', { class: 'tm num' }, row.time))));
    if (rows.length) picture.replaceChildren(timeline(rows)); else if (ended) picture.replaceChildren(empty('ready', 'No steps', ''));
  }
  const lastTime = () => ended ? Math.max(0, ...[...steps.values()].map(step => step.to || 0)) : elapsed();

  function instanceRows(all) {
    const groups = new Map();
    for (const step of plan ? plan.steps : []) {
      if (step.compensation !== null && !steps.has(step.id)) continue;
      const name = step.instance || sharedName(step), key = name + '\n' + step.ship;
      if (!groups.has(key)) groups.set(key, { name, ship: step.ship, own: [] });
      groups.get(key).own.push({ ...step, run: steps.get(step.id) });
    }
    const rows = [...groups.values()].map(group => {
      const at = group.own.find(step => step.run && !step.run.how), failed = group.own.find(step => step.run?.how === 'failed'), first = group.own.find(step => step.run);
      const isDone = group.own.every(step => step.run?.how === 'done' || (step.compensation !== null));
      const times = group.own.filter(step => step.run?.to).map(step => step.run);
      const time = times.length ? seconds(Math.max(...times.map(one => one.to)) - Math.min(...times.map(one => one.from))) : '';
      if (at) return { ...group, sort: 0, icon: 'busy', kind: 's-busy turns', what: stepText(at) + (at.run.progress ? `: ${at.run.progress}` : ''), time: seconds(elapsed() - at.run.from) };
      if (failed) return { ...group, sort: 1, icon: 'bad', kind: 's-bad', what: `failed: ${stepText(failed)}`, time };
      if (isDone) return { ...group, sort: 3, icon: 'ready', kind: 's-ready', what: 'done', time };
      return { ...group, sort: 2, icon: ended ? 'blocked' : 'dot', kind: ended ? 's-blocked' : 'muted', what: ended ? 'not done' : first ? 'waits for others' : 'waits', time };
    });
    return rows.sort((a, b) => a.sort - b.sort);
  }

  function timeline(rows) {
    const width = Math.max(320, picture.clientWidth - 2), left = width < 600 ? 96 : 136, most = Math.max(1000, lastTime()), scale = (width - left - 64) / most, height = 36 + rows.length * 28;
    const x = time => (left + time * scale).toFixed(1), unit = [0.2, 0.5, 1, 2, 5, 10, 30, 60, 300].map(one => one * 1000).find(one => most / one <= 8) || 600000;
    const node = h('svg', { viewBox: `0 0 ${width} ${height}`, width, height, class: 'draw', role: 'img', 'aria-label': `Timeline of ${count(rows.length, 'row')}` });
    for (let tick = 0; tick <= most; tick += unit) node.append(h('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: 24, y2: height - 4 }), text(x(tick), 16, 'mid', `${tick / 1000} s`));
    const ordered = [...rows].sort((a, b) => start(a) - start(b));
    ordered.forEach((row, index) => {
      const y = 32 + index * 28;
      node.append(text(12, y + 13, 'name', row.name.length > 16 ? row.name.slice(0, 15) + '…' : row.name));
      for (const step of row.own.filter(one => one.run)) {
        const to = step.run.to ?? elapsed();
        node.append(h('g', {}, h('title', {}, `${row.name}: ${stepText(step)}, ${seconds(to - step.run.from)}`), h('rect', { class: `bar ${step.run.how === 'failed' ? 'failed' : KIND[step.action] || ''}`, x: x(step.run.from), y, width: Math.max(2, (to - step.run.from) * scale).toFixed(1), height: 16, rx: 2 })));
      }
      node.append(text(width - 8, y + 13, 'end', row.time));
    });
    return node;
  }
  const start = row => Math.min(Infinity, ...row.own.filter(one => one.run).map(one => one.run.from));

  const source = follow('run', { event, plan: document => { plan = document; redraw(); }, stage: one => { if (one.stage === 'releasing') about.textContent = 'Gives the lease back.'; if (one.stage === 'outdated') note('Something changed meanwhile: looks again.'); }, end: document => { over(document); source.close(); } }, null, closed => {
    if (closed && !ended) main.replaceChildren(h('h1', { class: 'vh' }, 'Run'), h('div', { class: 'panel' }, empty('plan', 'No run', 'Nothing was applied from this page yet.', h('div', {}, h('button', { class: 'btn', type: 'button', onclick: again }, 'See the plan')))));
  });
  timer = setInterval(redraw, 250);
  return { leave: () => { source.close(); clearInterval(timer); } };
}

const legend = () => h('footer', { class: 'legend' }, [['', 'the engine works'], ['image', 'image'], ['until', 'until it is ready'], ['stop', 'stop, remove'], ['failed', 'failed']].map(([kind, word]) =>
  h('span', {}, h('svg', { class: 'pic', width: 20, height: 12, 'aria-hidden': 'true' }, h('rect', { class: 'bar ' + kind, x: 1, y: 1, width: 18, height: 10, rx: 2 })), word)));

function text(x, y, kind, content) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  for (const [name, value] of [['x', x], ['y', y], ['class', 't ' + kind]]) node.setAttribute(name, value);
  node.textContent = content;
  return node;
}
