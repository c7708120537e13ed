// What happens on the engines. Repeats are one line with a count.
import { clock, empty, h, hidden, icon } from './dom.js';
import { follow } from './net.js';

const MOST = 1000;
// What health checks and networks do is no news, and there is much of it.
const QUIET = /^(exec_|connect$|disconnect$|health_status: healthy$)/;
const KIND = { die: 'bad', oom: 'bad', kill: 'bad', start: 'ready', create: 'create', destroy: 'remove', stop: 'stopped', restart: 'replace', pause: 'stopped', unpause: 'ready', rename: 'move', health_status: 'bad' };
// What an event means, in the words of the rest of the page.
const WORDS = { die: one => `ended, exit ${one.exitCode || '0'}`, kill: one => `signal ${one.signal}`, oom: () => 'out of memory', start: () => 'started', create: () => 'created', destroy: () => 'removed', stop: () => 'stopped', restart: () => 'restarted', pause: () => 'paused', unpause: () => 'goes on', rename: () => 'renamed', remove: () => 'removed' };

export default function events(main) {
  const rows = [];
  let due = false;
  const field = h('input', { type: 'search', placeholder: 'Filter by name', autocomplete: 'off', spellcheck: 'false', oninput: () => redraw() });
  const list = h('ol', { class: 'ev' }), box = h('section', { class: 'panel', 'aria-label': 'Events' }, list);
  main.append(h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'Events'), h('p', {}, 'Of the last hour, as far as the engines remember, and as they come. Newest first. Repeats are one line with a count.')),
    h('div', { class: 'tools' }, h('label', { class: 'field' }, icon('search'), hidden('Filter events'), field, h('kbd', { 'aria-hidden': 'true' }, '/')))), box);
  list.append(h('li', { class: 'day' }, 'Waiting for events'));

  function add(one) {
    const first = rows.findIndex(row => row.key === one.key);
    if (first >= 0 && first < 4) { rows[first].number += 1; rows[first].time = one.time; } else rows.unshift({ ...one, number: 1 });
    rows.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
    if (rows.length > MOST) rows.length = MOST;
    redraw();
  }
  function redraw() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      const text = field.value.toLowerCase(), shown = rows.filter(one => !text || `${one.who} ${one.what} ${one.ship}`.toLowerCase().includes(text));
      list.replaceChildren(...shown.slice(0, 300).map(one => h('li', {}, h('time', { datetime: one.time }, clock(one.time)), icon(one.isFine ? 'stopped' : KIND[one.word] || (one.isNote ? 'cut' : 'dot'), 's-' + (one.isNote || (KIND[one.word] === 'bad' && !one.isFine) ? 'bad' : 'same')),
        h('span', { class: 'on muted' }, one.ship), h('span', { class: 'who' }, one.who), h('span', { class: 'what' }, one.what), h('span', { class: 'by' }, one.number > 1 ? `${one.number} times` : ''))));
      if (!shown.length) list.replaceChildren(h('li', { class: 'day' }, rows.length ? 'Nothing matches' : 'No events in the last hour'));
    });
  }
  const source = follow('events', {
    event: one => {
      if (QUIET.test(one.event)) return;
      const attributes = one.attributes || {}, word = one.event.split(':')[0].split(' ')[0], who = one.instance || attributes.name || one.id.slice(0, 12), what = WORDS[word] ? WORDS[word](attributes) : one.event.replace('health_status: ', ''), kind = one.type === 'container' ? '' : `${one.type} `, image = attributes.image && word !== 'health_status' ? ` (${attributes.image})` : '';
      add({ key: [one.ship, who, one.type, what, image].join('\n'), time: one.time, ship: one.ship, who, word, what: kind + what + image, isFine: word === 'die' && (attributes.exitCode || '0') === '0' });
    },
    note: one => add({ key: one.text, time: new Date().toISOString(), ship: one.ship || '', who: one.ship || '', what: one.text, isNote: true }),
  }, redraw, closed => { if (closed) box.replaceChildren(empty('cut', 'Not connected', '')); });
  return { title: 'Events', leave: () => source.close() };
}
