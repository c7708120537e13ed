// The revisions, what each changed, and the way back.
import { ago, count, empty, h, hidden, icon, panel } from './dom.js';
import { get, session } from './net.js';

const image = one => one ? one.name : 'none';
const when = one => one.created ? new Date(one.created).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' }) : 'time not known';

export default function revisions(main) {
  let isGone = false;
  const list = h('ul', {}), detail = h('div', { class: 'stack c7' });
  main.append(h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'Revisions'), h('p', {}, 'What each run left behind, as the ships have recorded it.'))),
    h('section', { class: 'panel c5', 'aria-label': 'List of revisions' }, list), detail);
  list.append(h('li', { class: 'skel' }, h('i'), h('i'), h('i')));

  get('history').then(document => {
    if (isGone) return;
    const all = document.generations;
    if (!all.length) return list.replaceChildren(h('li', {}, empty('revisions', 'No revisions yet', 'apply records one whenever it has changed something.')));
    const buttons = all.map(one => h('button', { class: 'rev', type: 'button', 'aria-current': 'false', onclick: event => { choose(event.currentTarget, one); } },
      h('span', { class: 'no' }, one.generation), h('span', {}, h('span', { class: 'l1' }, h('b', {}, when(one)), one.runs && h('span', { class: 'tag solid' }, 'runs now'), one.missing.length > 0 && h('span', { class: 'tag' }, 'no way back')),
        h('span', { class: 'l2' }, `${one.by} · `, h('span', { class: 'nowrap' }, one.command), one.age_seconds !== null ? ` · ${ago(one.age_seconds)} ago` : '')), delta(one.changes)));
    function choose(button, one) {
      for (const other of buttons) other.setAttribute('aria-current', String(other === button));
      detail.replaceChildren(show(one));
    }
    list.replaceChildren(...buttons.map(button => h('li', {}, button)));
    choose(buttons[0], all[0]);
  }, error => { if (!isGone) list.replaceChildren(h('li', {}, empty('bad', 'Not known', error.message))); });
  return { title: 'Revisions', leave: () => { isGone = true; } };
}

const kindOf = one => !one.image_before ? 'create' : !one.image_after ? 'remove' : 'replace';
function delta(changes) {
  const sums = {};
  for (const one of changes) sums[kindOf(one)] = (sums[kindOf(one)] || 0) + 1;
  const words = { create: 'created', replace: 'replaced', remove: 'removed' };
  return h('span', { class: 'delta' }, Object.entries(sums).map(([kind, number]) => h('span', { class: 'a-' + kind }, icon(kind), number, hidden(' ' + words[kind]))));
}

function show(one) {
  const back = !one.runs && h('a', { class: 'btn', href: `/plan?rollback=${one.generation}`, 'data-change': true, 'data-refused': one.missing.length > 0, 'aria-disabled': session.read_only || one.missing.length ? 'true' : null }, `Plan the way back to ${one.generation}`);
  const node = panel(`Revision ${one.generation}`, [h('span', { class: 'muted' }, one.runs ? 'runs now' : 'against the one before'), h('span', { class: 'grow' }), back]);
  for (const text of one.missing) node.append(h('div', { class: 'warn' }, icon('blocked', 's-blocked'), h('span', {}, h('b', {}, 'No way back: '), text)));
  const groups = new Map();
  for (const change of one.changes) {
    const key = JSON.stringify([image(change.image_before), image(change.image_after), change.keys]);
    if (!groups.has(key)) groups.set(key, { ...change, names: [], ships: new Set() });
    groups.get(key).names.push(change.instance);
    groups.get(key).ships.add(change.ship);
  }
  node.append(h('ul', { class: 'acts-list' }, [...groups.values()].map(group => {
    const kind = kindOf(group), isImage = image(group.image_before) !== image(group.image_after);
    return h('li', { class: 'a-' + kind }, h('div', { class: 'act' }, icon(kind, 'sign'), h('span', { class: 'who' }, group.names.slice(0, 8).join(', '), group.names.length > 8 ? ` and ${group.names.length - 8} more` : ''), h('span', { class: 'verb' }, { create: 'created', replace: 'replaced', remove: 'removed' }[kind]), h('span', { class: 'how' }, `on ${[...group.ships].join(', ')}`)),
      h('div', { class: 'diffs' }, h('table', {}, h('colgroup', {}, h('col', { class: 'f' }), h('col')), h('tbody', {},
        h('tr', {}, h('th', { scope: 'row' }, 'image'), h('td', {}, isImage && group.image_before ? [h('span', { class: 'was' }, image(group.image_before)), h('span', { class: 'arrow', 'aria-hidden': 'true' }, '→'), hidden(' becomes ')] : '', h('b', {}, image(group.image_after)))),
        group.keys.length > 0 && h('tr', {}, h('th', { scope: 'row' }, 'changed'), h('td', {}, group.keys.join(', ')))))));
  })));
  if (!one.changes.length) node.append(h('p', { class: 'body muted' }, 'No instance changed.'));
  node.append(h('footer', {}, `${count(one.changes.length, 'change')} by ${one.by}, `, h('code', { class: 'cmd' }, one.command), one.commit && ` at commit ${one.commit.id.slice(0, 12)}`));
  return node;
}
