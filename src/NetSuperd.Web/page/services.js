// The table of services.

import { byId, make, put, say, shape, reshape, inStep } from './dom.js';
import { bytes, count, none, rate, since } from './format.js';
import { showLimits } from './limits.js';
import { shapeOf, toneOf } from './states.js';

const parts = (words) => Object.entries(words ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

/** Shows the services of a status that the filter names. */
export function showServices(status, rates, operate) {
  const services = status.services ?? [];
  const sought = byId('services-filter').value.trim().toLowerCase();
  const found = services.filter((service) => `${service.name} ${service.kind} ${service.state}`.toLowerCase().includes(sought));
  say(byId('services-count'), sought ? `${count(found.length)} of ${count(services.length)}` : count(services.length));
  inStep(byId('services-rows'), found.length ? found.map((service) => ({ service, rates: rates.of(service.name) })) : [null],
    (item) => item?.service.name ?? '', (item) => (item ? serviceRow(operate) : emptyRow(sought)));
}

function emptyRow(sought) {
  const node = make('tr', { class: 'empty' }, make('td', { colspan: 8 }));
  return { node, update: () => say(node.firstChild, sought ? 'No service matches.' : 'The map has no services.') };
}

function serviceRow(operate) {
  const mark = shape('open');
  const [state, held, name, kind, says, reason] = ['b', 'span', 'b', 'span', 'span', 'span'].map((tag) => make(tag));
  const [live, accepted, refused, ended, transfer, limits] = ['number', 'number', '', '', 'number', 'limits']
    .map((kind) => make('td', { class: kind }));
  const [rise, total, received, sent] = [make('b'), make('span', { class: 'quiet' }), make('span'), make('span')];
  const button = operate ? make('button', { type: 'button', class: 'small' }) : null;
  put(held, 'class', 'quiet');
  put(says, 'class', 'quiet');
  put(kind, 'class', 'quiet');
  put(reason, 'class', 'why');
  accepted.append(rise, total);
  transfer.append(received, sent);
  put(live, 'data-label', 'Live');
  put(accepted, 'data-label', 'Accepted');
  put(refused, 'data-label', 'Refused');
  put(ended, 'data-label', 'Ended');
  put(transfer, 'data-label', 'Bytes');
  put(limits, 'data-label', 'Limits');
  const node = make('tr', {},
    make('td', { class: 'state' }, mark, state, held),
    make('th', { scope: 'row' }, name, kind, says, reason, button), live, accepted, refused, ended, transfer, limits);
  let shown = null;
  button?.addEventListener('click', () => operate.turn(shown));

  return {
    node,
    update({ service, rates }) {
      shown = service;
      put(node, 'class', `tone-${toneOf(service.state)}`);
      reshape(mark, shapeOf(service.state));
      say(state, service.state);
      say(held, `for ${since(service.since)}`);
      say(name, service.name);
      say(kind, service.server?.pid ? `${service.kind}, process ${service.server.pid}` : service.kind);
      say(says, service.server?.status ?? '');
      say(reason, service.reason ?? '');
      say(live, count(service.live));
      say(rise, rates ? `${rate(rates.accepted)}/s` : none);
      say(total, service.accepted === undefined ? '' : count(service.accepted));
      showWords(refused, parts(service.reasons), rates?.words ?? {});
      showWords(ended, [...parts(service.ends), ...parts(service.datagrams)], null);
      say(received, service.received === undefined ? none : `${bytes(rates?.received)}/s in`);
      say(sent, service.sent === undefined ? '' : `${bytes(rates?.sent)}/s out`);
      showLimits(limits, service.limits);
      if (button) turnButton(button, service);
    },
  };
}

function turnButton(button, service) {
  const isPaused = service.state === 'paused';
  put(button, 'hidden', !isPaused && service.state !== 'serving');
  say(button, isPaused ? 'Resume' : 'Pause');
  put(button, 'aria-label', `${isPaused ? 'Resume' : 'Pause'} ${service.name}`);
}

/** Words with their counts, a line each so that no row changes its height; where rates are given, with these. */
function showWords(parent, words, rates) {
  const items = words.map(([word, value]) => ({ word, value, now: rates && (rates[word] ?? 0) }));
  inStep(parent, items.length ? items : [{ word: none }], ({ word }) => word, ({ word }) => {
    const [number, rise] = [make('span', { class: 'tally' }), make('span', { class: 'rise' })];
    return {
      node: make('div', { class: 'word' }, make('span', {}, word), number, rise),
      update({ value, now }) {
        say(number, value === undefined ? '' : count(value));
        say(rise, now >= 0.05 ? `${rate(now)}/s` : '');
        put(rise, 'hidden', now === null);
      },
    };
  });
}
