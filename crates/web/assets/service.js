// One service: its instances, what it needs, and what can be done with all of them.
import { count, empty, h, hidden, icon, panel, patch } from './dom.js';
import { get } from './net.js';
import { actions } from './instance.js';
import { instanceLink } from './facts.js';
import { isReady, rank, sentence, stateOf, WORD } from './states.js';

const serviceLink = name => h('a', { class: 'link', href: '/service/' + encodeURIComponent(name) }, name);

export default function service(main, name) {
  const state = h('p', {}), list = h('ul', { class: 'list' }), tools = h('div', { class: 'tools' }), needs = h('div', { class: 'stack c4' }), number = h('span', { class: 'count' });
  let isGone = false;
  main.append(h('div', { class: 'head' }, h('div', {}, h('p', { class: 'crumbs' }, 'service'), h('h1', {}, name), state), tools),
    h('div', { class: 'stack c8' }, panel('Instances', number, list)), needs);

  function update(live) {
    const own = [...live.instances.values()].filter(one => one.service === name).map(one => ({ ...one, kind: stateOf(one) })).sort((a, b) => rank(a.kind) - rank(b.kind));
    if (!own.length) {
      tools.replaceChildren();
      return list.replaceChildren(h('li', {}, empty('unknown', 'No instances', 'The file declares no service of this name.')));
    }
    const ready = own.filter(one => isReady(one.kind)).length, runs = own.some(one => one.state === 'up' || one.state === 'restarting' || one.state === 'paused'), down = own.some(one => one.state !== 'up');
    number.textContent = own.length;
    state.textContent = `${ready} of ${count(own.length, 'instance')} ready`;
    if (tools.dataset.shown !== `${runs} ${down}`) {
      tools.dataset.shown = `${runs} ${down}`;
      tools.replaceChildren(...actions('service', name, runs, down).filter(Boolean));
    }
    if (list.firstElementChild && !list.firstElementChild.dataset.key) list.replaceChildren();
    patch(list, own.map(one => {
      const [head, tail] = sentence(one);
      return [one.instance, JSON.stringify([one.kind, one.ship, head, tail]), () => h('li', {}, icon(one.kind, 's-' + one.kind), h('span', {}, hidden(WORD[one.kind] + ': '), instanceLink(one.instance)), h('span', { class: 'muted' }, one.ship), h('span', { class: 'sub' }, `${head} ${tail}`))];
    }));
  }

  get('graph').then(document => {
    if (isGone) return;
    const of = (edges, end) => edges.length ? edges.flatMap((edge, at) => [at ? ', ' : '', serviceLink(edge[end])]) : 'nothing', own = document.edges.filter(edge => edge.from === name);
    const facts = [['Has links to', of(own.filter(edge => edge.by.includes('links')), 'to')], ['Requires', of(own.filter(edge => edge.by.some(key => key !== 'links')), 'to')], ['Needed by', of(document.edges.filter(edge => edge.to === name), 'from')]];
    needs.replaceChildren(panel('What it needs', h('a', { class: 'link nowrap end', href: '/graph' }, 'Graph'), h('div', { class: 'body' }, h('dl', { class: 'dl' }, facts.map(([word, fact]) => [h('dt', {}, word), h('dd', {}, fact)])))));
  }, () => { /* the graph's page says why */ });
  return { title: name, update, leave: () => { isGone = true; } };
}
