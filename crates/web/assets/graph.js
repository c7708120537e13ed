// What needs what: the picture, and the same as a list.
import { count, empty, h, icon, panel } from './dom.js';
import { get } from './net.js';
import { stateOf } from './states.js';

const BY = { instances: 'Instances', services: 'Services' };

export default function graph(main) {
  let isGone = false, nodes = null, shown = '', names = '';
  const buttons = Object.entries(BY).map(([by, word]) => h('button', { type: 'button', 'aria-pressed': 'false', onclick: () => { nodes = by; draw(); } }, word));
  const picture = h('img', { alt: 'Graph of what needs what. The list below says the same.', hidden: true });
  // On a phone the list says it better: the picture opens when it is wanted.
  const wide = matchMedia('(min-width:720px)');
  const trouble = h('div', {}), list = h('div', { class: 'stack' });
  const fold = h('details', { class: 'fold' }, h('summary', { class: 'more' }, 'Picture', icon('next', 'turn')), trouble, h('div', { class: 'pic', tabindex: '0', role: 'region', 'aria-label': 'Graph, can be scrolled' }, picture));
  main.append(
    h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'What needs what'), h('p', {}, 'Callers stand left, what they need stands right.')),
      h('div', { class: 'tools' }, h('div', { class: 'seg', role: 'group', 'aria-label': 'Show' }, buttons))),
    h('section', { class: 'panel', 'aria-label': 'Picture' }, fold), list);
  const follow = () => { fold.open = wide.matches; };
  follow();
  wide.addEventListener('change', follow);
  picture.addEventListener('load', () => { picture.hidden = false; trouble.replaceChildren(); });
  picture.addEventListener('error', () => { picture.hidden = true; trouble.replaceChildren(empty('bad', 'No picture', 'maestro ui does not answer, or has not asked the ships yet.')); });

  function draw() {
    Object.keys(BY).forEach((by, at) => buttons[at].setAttribute('aria-pressed', String(by === nodes)));
    // A browser shows the picture that it has until the next one is there.
    picture.src = `/api/graph.svg?by=${nodes}&at=${Date.now()}`;
  }

  function tell() {
    get('graph').then(document => {
      if (isGone) return;
      if (!nodes) nodes = document.nodes;
      list.replaceChildren(table(document));
      draw();
    }, error => { if (!isGone) list.replaceChildren(empty('bad', 'Not known', error.message)); });
  }

  return {
    title: 'Graph',
    leave: () => { isGone = true; wide.removeEventListener('change', follow); },
    update: live => {
      const states = live.order.map(name => `${name} ${stateOf(live.instances.get(name))}`).join();
      const known = live.order.join();
      if (states === shown) return;
      shown = states;
      if (known !== names || !nodes) tell();
      else draw();
      names = known;
    },
  };
}

function table(document) {
  const of = (edges, end) => edges.length ? edges.flatMap((edge, at) => [at ? ', ' : '', link(edge[end])]) : '–';
  const link = name => h('a', { class: 'link', href: '/service/' + encodeURIComponent(name) }, name);
  const rows = document.services.map(({ service }) => {
    const needs = document.edges.filter(edge => edge.from === service);
    return h('tr', {}, h('th', { scope: 'row' }, link(service)),
      h('td', { 'data-l': 'links to' }, of(needs.filter(edge => edge.link), 'to')),
      h('td', { 'data-l': 'requires' }, of(needs.filter(edge => !edge.link), 'to')),
      h('td', { 'data-l': 'needed by' }, of(document.edges.filter(edge => edge.to === service), 'from')));
  });
  const head = ['service', 'has links to', 'requires', 'needed by'].map(text => h('th', { scope: 'col' }, text));
  const extra = h('span', { class: 'muted' }, count(document.services.length, 'service'));
  return panel('The same as a list', extra, h('table', { class: 'kv' }, h('colgroup', {}, h('col', { class: 'f' }), h('col'), h('col'), h('col', { class: 'w' })),
    h('thead', {}, h('tr', {}, head)), h('tbody', {}, rows)));
}
