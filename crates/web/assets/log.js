// A log that goes on: the last 5,000 lines, of which only those in sight are built.
import { clock, h, hidden, icon } from './dom.js';
import { follow } from './net.js';

const MOST = 5000, ROW = 20, BEYOND = 20;

export default function log(name, command) {
  const lines = [];
  let left = 0, following = true, hits = [], at = -1, due = false, isOver = false;
  const list = h('ol', {}), above = h('div', {}), below = h('div', {});
  const box = h('div', { class: 'log', tabindex: '0', role: 'log', 'aria-label': 'Log of ' + name, 'aria-live': 'off' }, above, list, below);
  const found = h('span', { class: 'muted num', role: 'status' }), about = h('footer', {});
  const field = h('input', { type: 'search', placeholder: 'Search the log', autocomplete: 'off', spellcheck: 'false', oninput: search });
  const button = h('button', { class: 'btn small', type: 'button', 'aria-pressed': 'true', onclick: () => hold(!following) }, 'Following');
  const node = h('section', { class: 'panel', id: 'logs', 'aria-labelledby': 'h-log' },
    h('header', {}, h('h2', { id: 'h-log' }, 'Log'), h('span', { class: 'muted nowrap' }, 'local time'), h('span', { class: 'grow' }),
      h('label', { class: 'field' }, icon('search'), hidden('Search the log'), field), found,
      h('button', { class: 'btn small', type: 'button', 'aria-label': 'Prev hit', onclick: () => jump(at - 1) }, 'Prev'),
      h('button', { class: 'btn small', type: 'button', 'aria-label': 'Next hit', onclick: () => jump(at + 1) }, 'Next'), button),
    box, about);

  field.addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); jump(at + (event.shiftKey ? -1 : 1)); } });
  box.addEventListener('scroll', () => {
    const end = box.scrollHeight - box.scrollTop - box.clientHeight < ROW * 2;
    if (following && !end) hold(false);
    redraw();
  });

  function hold(on) {
    following = on;
    button.setAttribute('aria-pressed', String(on));
    button.textContent = on ? 'Following' : 'Follow';
    redraw();
  }

  function add(line) {
    lines.push(line);
    if (lines.length > MOST + 500) { left += lines.length - MOST; lines.splice(0, lines.length - MOST); search(true); }
    else if (field.value && line.text.toLowerCase().includes(field.value.toLowerCase())) { hits.push(lines.length - 1); tell(); }
    redraw();
  }

  function redraw() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; draw(); });
  }

  // Rows have one height; a long line is shown whole at a click.
  function draw() {
    if (following) box.scrollTop = lines.length * ROW;
    const first = Math.max(0, Math.floor((following ? lines.length * ROW - box.clientHeight : box.scrollTop) / ROW) - BEYOND);
    const last = Math.min(lines.length, first + Math.ceil(box.clientHeight / ROW) + 2 * BEYOND);
    space(above, first);
    space(below, lines.length - last);
    list.replaceChildren(...lines.slice(first, last).map((line, index) => row(line, first + index)));
    if (following) box.scrollTop = box.scrollHeight;
    about.replaceChildren(lines.length ? `${(left + lines.length).toLocaleString('en')} lines${left ? `, of which the newest ${lines.length.toLocaleString('en')} are here` : ''}. ` : isOver ? 'No log. ' : 'Nothing was written yet. ', h('code', { class: 'cmd' }, command));
  }

  // A spacer without a style attribute: an SVG has its height as an attribute.
  function space(node, rows) {
    if (node.dataset.rows === String(rows)) return;
    node.dataset.rows = rows;
    node.replaceChildren(h('svg', { width: 1, height: rows * ROW, class: 'space', 'aria-hidden': 'true' }));
  }

  function row(line, index) {
    if (line.isNote) return h('li', { class: 'gap' }, line.text);
    const text = field.value.toLowerCase(), place = text ? line.text.toLowerCase().indexOf(text) : -1;
    const shown = place < 0 ? line.text : [line.text.slice(0, place), h('mark', {}, line.text.slice(place, place + text.length)), line.text.slice(place + text.length)];
    return h('li', { class: (line.stderr ? 'err' : 'out') + (hits[at] === index ? ' at' : ''), title: line.text.length > 120 ? line.text : null },
      h('time', {}, clock(line.time)), h('span', { class: 'st' }, line.stderr ? 'err' : 'out'), h('span', { class: 'cut' }, shown));
  }

  function search(keep) {
    const text = field.value.toLowerCase();
    hits = text ? lines.flatMap((line, index) => line.text.toLowerCase().includes(text) ? [index] : []) : [];
    if (keep === true) at = Math.min(at, hits.length - 1); else jump(hits.length - 1);
    tell();
    redraw();
  }
  function jump(to) {
    if (!hits.length) { at = -1; return tell(); }
    at = (to + hits.length) % hits.length;
    hold(false);
    box.scrollTop = Math.max(0, hits[at] * ROW - box.clientHeight / 2);
    tell();
    redraw();
  }
  const tell = () => { found.textContent = !field.value ? '' : hits.length ? `${at + 1} of ${hits.length}` : 'no hit'; };

  const clean = text => text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
  const source = follow('log/' + encodeURIComponent(name), {
    line: entry => add({ time: entry.time, stderr: entry.stderr, text: clean(entry.line) }),
    note: entry => add({ isNote: true, text: entry.text }),
  }, null, closed => { if (closed) { isOver = true; redraw(); } });
  draw();
  return { node, leave: () => source.close() };
}
