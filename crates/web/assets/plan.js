// What apply would do, or what a roll back would do; a button that does it; the run.
import { clock, count, empty, h, hidden, icon, panel } from './dom.js';
import { findingText, get, post, session } from './net.js';
import { told } from './main.js';
import run from './run.js';

const VERBS = { create: 'create', start: 'create', replace: 'replace', restart: 'replace', rename: 'replace', move: 'move', pull: 'create', check: 'same', stop: 'remove', kill: 'remove', remove: 'remove', 'remove-leftovers': 'remove' };
const place = one => one.file ? `${one.file.split('/').pop()}${one.line ? ':' + one.line : ''}` : '';

const DO = { apply: 'Apply', start: 'Start', restart: 'Restart', stop: 'Stop', rollback: 'Roll back' };

// What the address asks for: a roll back, a command for one instance or service, or all that the file declares.
function wanted() {
  const query = new URLSearchParams(location.search), revision = query.get('rollback'), verb = query.get('do');
  if (revision) return { path: `rollback/${revision}`, post: `rollback/${revision}`, verb: 'rollback', title: `Roll back to ${revision}`, from: `revision ${revision}` };
  const kind = query.has('service') ? 'service' : 'instance', name = query.get(kind);
  if (DO[verb] && name) {
    const path = `do/${verb}/${kind}/${encodeURIComponent(name)}`;
    return { path, post: path, verb, title: verb === 'apply' ? `Plan for ${name}` : `${DO[verb]} ${name}`, name, from: 'the file', back: `/${kind}/${encodeURIComponent(name)}` };
  }
  return { path: 'plan', post: 'apply', verb: 'apply', title: 'Plan', from: 'the file' };
}

export default function plan(main) {
  const asked = wanted();
  let view = null, isGone = false, known = null;

  async function look() {
    main.replaceChildren(h('h1', { class: 'vh' }, 'Plan'), h('div', { class: 'panel' }, h('div', { class: 'skel', role: 'status' }, hidden('The plan is being made.'), h('i'), h('i'), h('i'), h('i'))));
    try {
      const document = await get(asked.path);
      if (isGone) return;
      known = document;
      main.replaceChildren(...draw(document));
      told();
    } catch (error) {
      if (!isGone) main.replaceChildren(h('h1', { class: 'vh' }, 'Plan'), h('div', { class: 'panel' }, empty('bad', 'There is no plan', error.message, h('div', {}, h('button', { class: 'btn', type: 'button', onclick: look }, 'Try again')))));
    }
  }

  function watch() {
    view = run(main, look, asked.name && h('a', { class: 'btn', href: asked.back }, asked.name));
  }

  async function apply(dialog) {
    dialog.close();
    try {
      await post(asked.post, { digest: known.digest });
      watch();
    } catch (error) {
      main.prepend(h('div', { class: 'panel' }, h('div', { class: 'warn', role: 'alert' }, icon('bad', 's-bad'), h('span', {}, h('b', {}, 'Nothing was changed: '), error.message)), h('div', { class: 'body' }, h('button', { class: 'btn', type: 'button', onclick: look }, 'Look at the new plan'))));
    }
  }

  function draw(plan) {
    const steps = plan.steps.filter(step => step.compensation === null), ships = new Set(steps.map(step => step.ship));
    const changes = plan.changes.filter(one => one.change !== 'check');
    const head = !plan.changes_something ? plan.blocked.length ? 'Nothing can be changed now' : 'Nothing to change' : `${count(changes.filter(one => one.instance).length || changes.length, 'change')} on ${count(ships.size, 'ship')}`;
    const dialog = confirm(asked, plan, steps, changes, () => apply(dialog));
    const action = asked.verb === 'rollback' ? asked.title : asked.verb === 'apply' ? `Apply ${count(steps.length, 'step')}` : `${DO[asked.verb]} ${asked.name}`;
    return [
      h('div', { class: 'head' }, h('div', {}, asked.name && h('p', { class: 'crumbs' }, h('a', { class: 'link', href: asked.back }, asked.name)), h('h1', {}, asked.name ? `${asked.title}: ${head.replace(/^N/, 'n')}` : head), h('p', {}, `Made at ${clock(plan.time)} from ${asked.from} and what runs. Nothing has been changed.`)),
        h('div', { class: 'tools' }, h('button', { class: 'btn', type: 'button', onclick: look }, 'Plan again'),
          plan.changes_something && h('button', { class: 'btn primary', type: 'button', id: 'apply', 'data-change': true, 'data-refused': plan.refused, 'aria-describedby': 'why', onclick: event => { if (event.currentTarget.getAttribute('aria-disabled') !== 'true') dialog.showModal(); } }, action + '…'))),
      h('div', { class: 'stack c8' }, whatHappens(plan, steps)), h('div', { class: 'stack c4' }, inSum(plan, steps, ships, changes)), h('p', { class: 'vh', id: 'why' }), dialog];
  }
  if (new URLSearchParams(location.search).has('run')) watch(); else look();
  return { title: asked.title, leave: () => { isGone = true; if (view) view.leave(); } };
}

function confirm(asked, plan, steps, changes, go) {
  const removed = changes.filter(one => one.change === 'remove'), own = changes.filter(one => one.instance);
  return h('dialog', { 'aria-labelledby': 'confirm-title' }, h('h2', { class: 'dh', id: 'confirm-title' }, asked.name ? `${DO[asked.verb]} ${asked.name}?` : asked.verb === 'rollback' ? 'Roll back?' : 'Apply this plan?'),
    h('div', { class: 'db' }, h('p', {}, `${count(steps.length, 'step')}: ${own.slice(0, 6).map(one => `${one.change} ${one.instance}`).join(', ')}${own.length > 6 ? ` and ${own.length - 6} more` : ''}.`),
      removed.length > 0 && h('p', {}, h('b', {}, `${count(removed.length, 'container')} will be removed.`)),
      asked.verb === 'stop' && h('p', {}, own.length === 1 ? 'It stays down until somebody starts or applies it.' : 'They stay down until somebody starts or applies them.'),
      h('p', { class: 'muted' }, 'If anything has changed since, nothing is done and the new plan is shown.')),
    h('div', { class: 'df' }, h('button', { class: 'btn', type: 'button', autofocus: true, onclick: event => event.currentTarget.closest('dialog').close() }, 'Cancel'),
      h('button', { class: 'btn primary', type: 'button', id: 'go', onclick: go }, DO[asked.verb])));
}

function whatHappens(plan, steps) {
  const node = panel('What would happen', h('span', { class: 'muted' }, 'by instance; the steps tell the order'));
  for (const finding of plan.findings) {
    const kind = finding.severity === 'error' ? 'bad' : finding.severity === 'warning' ? 'diff' : 'unknown';
    node.append(h('div', { class: 'warn' }, icon(kind, 's-' + kind), h('span', {}, h('b', {}, `${finding.ship}: `), findingText(finding))));
  }
  for (const one of plan.remarks || []) node.append(h('div', { class: 'warn' }, icon('diff', 's-diff'), h('span', {}, h('b', {}, `${one.instance}: `), one.remark)));
  for (const text of plan.notes || []) node.append(h('div', { class: 'warn' }, icon('unknown', 's-unknown'), h('span', {}, text)));
  if (plan.builds) node.append(h('div', { class: 'warn' }, icon('diff', 's-diff'), h('span', {}, h('b', {}, 'Images of this file are built. '), 'This page builds none: run ', h('code', { class: 'cmd' }, `${session.invocation} build`), ' first.')));
  const differing = new Map(plan.differing.map(one => [one.instance, one.differences]));
  const list = h('ul', { class: 'acts-list' });
  for (const [key, group] of grouped(plan, differing)) list.append(change(key, group, plan, steps));
  for (const [reason, group] of blocked(plan)) {
    list.append(h('li', { class: 'a-skip' }, h('div', { class: 'act' }, icon(group.kind === 'unreachable' ? 'unknown' : 'blocked', 'sign'), names(group.names), h('span', { class: 'verb' }, group.kind === 'unreachable' ? 'skip' : 'blocked'), h('span', { class: 'how' }, reason))));
  }
  // Those that are removed stand among the changes.
  for (const one of plan.orphans.filter(orphan => !orphan.removed)) {
    list.append(h('li', { class: 'a-skip' }, h('div', { class: 'act' }, icon('orphan', 'sign'), names([one.container]), h('span', { class: 'verb' }, 'leave'), h('span', { class: 'how' }, `orphan on ${one.ship}: not in the file, not touched`))));
  }
  if (list.childElementCount) node.append(list);
  const same = plan.unchanged;
  if (same.length) {
    const more = h('p', { class: 'body muted inset', id: 'same', hidden: true }, same.map(one => one.instance).join(', '));
    const button = h('button', { class: 'more', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'same', onclick: () => { more.hidden = !more.hidden; button.setAttribute('aria-expanded', String(!more.hidden)); } }, icon('ready'), h('span', {}, h('b', {}, `${same.length.toLocaleString('en')} unchanged`)), icon('next', 'turn'));
    node.append(button, more);
  }
  return node;
}

const names = list => h('span', { class: 'who' }, list.slice(0, 8).flatMap((name, at) => [at ? ', ' : '', h('span', {}, name)]), list.length > 8 ? ` and ${list.length - 8} more` : '');

// Instances with the same change, reason and differences are one row.
function grouped(plan, differing) {
  const groups = new Map();
  for (const one of plan.changes) {
    if (one.change === 'check') continue;
    const differences = differing.get(one.instance) || [];
    const name = one.instance || shared(plan, one), key = JSON.stringify([one.change, one.order, one.instance ? differences.map(d => [d.field, d.running, d.declared]) : name, one.reason.replaceAll(name, '')]);
    if (!groups.has(key)) groups.set(key, { ...one, differences, names: [], ships: new Set(), steps: [] });
    const group = groups.get(key);
    if (!group.names.includes(name)) group.names.push(name);
    group.ships.add(one.ship);
    group.steps.push(...one.steps);
  }
  return groups;
}
const shared = (plan, one) => sharedName(plan.steps[one.steps[0]] || {});
// What a step changes that belongs to no instance.
export function sharedName(step) {
  const details = step.details || {};
  return details.revision ? `revision ${details.revision}` : details.network ? `network ${details.network}` : details.image || (details.volume ? `volume ${details.volume}` : details.container || 'shared');
}
function blocked(plan) {
  const groups = new Map();
  for (const one of plan.blocked) {
    if (!groups.has(one.reason)) groups.set(one.reason, { kind: one.kind, names: [] });
    groups.get(one.reason).names.push(one.instance);
  }
  return groups;
}

let serial = 0;
function change(key, group, plan, all) {
  const kind = VERBS[group.change] || 'same', id = 'steps-' + (serial += 1);
  const own = new Set(group.steps), steps = all.filter(step => own.has(step.id));
  const how = [group.order === 'start-first' ? 'new one first' : group.order === 'stop-first' ? 'old one first' : '', `on ${[...group.ships].filter(Boolean).join(', ')}`].filter(Boolean).join(', ');
  const table = h('div', { class: 'steps', id, hidden: true, tabindex: '0', role: 'region', 'aria-label': `Steps of ${group.names.slice(0, 8).join(', ')}` },
    h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col', class: 'num' }, 'step'), h('th', { scope: 'col' }, 'what'), h('th', { scope: 'col' }, 'ship'), h('th', { scope: 'col' }, 'after'))),
      h('tbody', {}, steps.map(step => h('tr', {}, h('td', { class: 'n' }, step.number), h('td', {}, stepText(step)), h('td', { class: 'muted' }, step.ship), h('td', { class: 'muted' }, after(step, plan)))),
        (group.restored_by || []).length > 0 && h('tr', { class: 'undo' }, h('td', { class: 'n' }), h('td', { colspan: 3 }, 'If one of these fails, the old container comes back.')))));
  const button = h('button', { class: 'btn small sb', type: 'button', 'aria-controls': id, 'aria-expanded': 'false', 'aria-label': `${count(steps.length, 'step')} of ${group.names.slice(0, 8).join(', ')}`, onclick: () => { table.hidden = !table.hidden; button.setAttribute('aria-expanded', String(!table.hidden)); } }, count(steps.length, 'step'));
  const rows = group.differences.length ? group.differences.map(one => h('tr', {}, h('th', { scope: 'row' }, one.field), h('td', {}, difference(one)), h('td', { class: 'w muted' }, place(one))))
    : [h('tr', {}, h('th', { scope: 'row' }, 'reason'), h('td', {}, h('span', { class: 'note' }, group.reason)), h('td', { class: 'w' }))];
  return h('li', { class: 'a-' + kind }, h('div', { class: 'act' }, icon(kind, 'sign'), names(group.names), h('span', { class: 'verb' }, group.change), h('span', { class: 'how' }, how), steps.length > 0 && button),
    h('div', { class: 'diffs' }, h('table', {}, h('colgroup', {}, h('col', { class: 'f' }), h('col'), h('col', { class: 'w' })), h('tbody', {}, rows))), steps.length > 0 && table);
}

const shown = text => text === null || text === undefined ? 'not set' : text;
const difference = one => [h('span', { class: 'was' }, shown(one.running)), h('span', { class: 'arrow', 'aria-hidden': 'true' }, '→'), hidden(' becomes '), h('b', {}, shown(one.declared))];

export function stepText(step) {
  const details = step.details || {}, what = step.instance || details.container || details.network || details.image || details.volume || '';
  const words = { ready: `wait until ${what} is ready${details.checks && details.checks.length ? ': ' + details.checks.join(', ') : ''}`, record: `record revision ${details.revision}`, forget: `forget revision ${details.revision}`,
    pull: `pull ${details.image}`, carry: `get ${details.image} from ${details.from || 'this machine'}`, 'create-network': `create network ${details.network}`, rename: `rename ${details.container} to ${details.to}`, stop: `stop ${what}, kill it after ${details.timeout_seconds} s`, pause: `wait ${details.seconds} s` };
  return words[step.action] || `${step.action.replaceAll('-', ' ')} ${what}`;
}

function after(step, plan) {
  const list = step.after.map(one => one.step !== undefined ? plan.steps[one.step].number : (plan.barriers[one.barrier] || {}).what);
  return list.filter(Boolean).join(', ') || '–';
}

function inSum(plan, steps, ships, changes) {
  const of = kinds => changes.filter(one => one.instance && kinds.includes(one.change)).length;
  const rows = [['create', 'create', of(['create', 'start']), 'created'], ['replace', 'replace', of(['replace', 'restart', 'rename']), plan.command === 'restart' ? 'restarted' : 'replaced'], ['move', 'move', of(['move']), 'moved'],
    ['same', 'remove', of(['remove', 'stop', 'kill']), plan.command === 'stop' ? 'stopped' : 'removed'], ['same', 'same', plan.unchanged.length, 'unchanged'], ['same', 'unknown', plan.blocked.length, 'skipped or blocked']];
  const record = steps.find(step => step.action === 'record');
  return [panel('In sum', null,
    h('div', { class: 'body' }, h('div', { class: 'signs' }, rows.map(([kind, sign, number, word]) => [h('span', { class: 'a-' + kind }, icon(sign, 'sign')), h('b', {}, number), h('span', {}, word)]))),
    h('div', { class: 'body inset' }, h('dl', { class: 'dl' }, h('dt', {}, 'Steps'), h('dd', {}, steps.length ? `${steps.length} on ${[...ships].slice(0, 6).join(', ')}` : '0'), record && [h('dt', {}, 'Becomes'), h('dd', {}, `revision ${record.details.revision}`)]),
      h('p', { class: 'muted check same-typed' }, h('span', {}, 'The same in a terminal: ', h('code', { class: 'cmd' }, plan.typed)))))];
}
