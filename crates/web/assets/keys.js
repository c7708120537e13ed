// The keyboard map, light and dark, the dialogs.
import { by } from './dom.js';

const store = {
  get: key => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window keeps nothing */ } },
};
const PAGES = { o: '/', g: '/graph', p: '/plan', r: '/revisions', e: '/events' };
const ROWS = '.inst,.fl[href],.rev,.attn .btn,.act .btn,.more,.list a';

function theme() {
  const root = document.documentElement, kept = store.get('theme');
  if (kept) root.dataset.theme = kept;
  by('theme').addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    store.set('theme', root.dataset.theme);
  });
}

function step(forward) {
  const rows = [...document.querySelectorAll(ROWS)].filter(row => row.offsetParent !== null);
  const at = rows.indexOf(document.activeElement);
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + (forward ? 1 : -1)))];
  if (next) { next.focus(); next.scrollIntoView({ block: 'nearest' }); }
}

export function keys(go) {
  theme();
  const help = by('help'), on = by('keys-on');
  by('keys').addEventListener('click', () => help.showModal());
  on.checked = store.get('keys') !== 'off';
  on.addEventListener('change', () => store.set('keys', on.checked ? 'on' : 'off'));
  let prefix = 0;
  addEventListener('keydown', event => {
    const field = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (field && event.key === 'Escape') event.target.blur();
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !on.checked || field ||
        document.querySelector('dialog[open]')) return;
    if (Date.now() - prefix < 1200) {
      prefix = 0;
      if (PAGES[event.key]) { go(PAGES[event.key]); event.preventDefault(); }
    } else if (event.key === 'g') prefix = Date.now();
    else if (event.key === '?') help.showModal();
    else if (event.key === '/') {
      const field = document.querySelector('#main input[type=search]');
      if (field) { field.focus(); event.preventDefault(); }
    } else if (event.key === 'j' || event.key === 'k') { step(event.key === 'j'); event.preventDefault(); }
  });
}
