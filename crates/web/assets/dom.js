// Builds nodes. No text becomes markup anywhere.
const SVG = 'http://www.w3.org/2000/svg';
const IN_SVG = new Set(['svg', 'use', 'path', 'rect', 'line', 'g', 'title']);

export function h(tag, attributes, ...children) {
  const node = IN_SVG.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(9).filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

export const icon = (name, kind) =>
  h('svg', { class: 'i' + (kind ? ' ' + kind : ''), 'aria-hidden': 'true' }, h('use', { href: '#i-' + name }));
export const hidden = text => h('span', { class: 'vh' }, text);
export const by = id => document.getElementById(id);
export const count = (number, word) => `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`;

export const panel = (title, extra, ...children) => {
  const id = 'h-' + title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return h('section', { class: 'panel', 'aria-labelledby': id },
    h('header', {}, h('h2', { id }, title), extra), children);
};

export const empty = (name, title, text, ...more) =>
  h('div', { class: 'empty' }, icon(name), h('h3', {}, title), text && h('p', {}, text), more);

// Replaces the children of `parent` by those of `wanted`, keyed: a node whose key and version are the same stays, with its
// focus. `wanted` is a list of [key, version, make].
export function patch(parent, wanted) {
  const known = new Map([...parent.children].map(child => [child.dataset.key, child]));
  let at = parent.firstElementChild;
  for (const [key, version, make] of wanted) {
    let node = known.get(key);
    if (!node || node.dataset.version !== version) {
      const made = make();
      made.dataset.key = key;
      made.dataset.version = version;
      if (node) {
        const focused = node === document.activeElement || node.contains(document.activeElement);
        if (at === node) at = made;
        node.replaceWith(made);
        if (focused) (made.matches('a,button') ? made : made.querySelector('a,button'))?.focus();
      }
      node = made;
    }
    known.delete(key);
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  for (const left of known.values()) left.remove();
}

let speech = 0;
// Tells screen readers, at most every 5 seconds.
export function say(text) {
  const now = Date.now(), wait = Math.max(0, speech + 5000 - now);
  speech = now + wait;
  setTimeout(() => { by('say').textContent = text; }, wait);
}

const two = number => String(number).padStart(2, '0');
export function clock(text) {
  const time = new Date(text);
  return isNaN(time) ? '' : `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
export function ago(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}
export const seconds = milliseconds => milliseconds < 95 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
export function bytes(number) {
  if (number === null || number === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (number >= 1024 && unit < 4) { number /= 1024; unit += 1; }
  return `${number < 10 && unit ? number.toFixed(1) : Math.round(number)} ${units[unit]}`;
}
