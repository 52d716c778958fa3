// The top of the page: is it all right, what does it serve, and what is wrong.

import { byId, make, put, say, shape, reshape, inStep } from './dom.js';
import { bytes, clock, count, none, of, rate, since } from './format.js';
import { limitBar } from './limits.js';
import { troublesOf } from './troubles.js';

/** Shows the line, the facts and the figures of a status. */
export function showHeadline(at, status, rates) {
  const services = status.services ?? [];
  const failed = services.filter((service) => service.state === 'failed' || service.state === 'ended');
  const halted = services.filter((service) => service.state === 'paused' || service.state === 'stopped');
  const serving = services.filter((service) => service.state === 'serving').length;
  const line = [`Serving ${of(serving, 'service')}`];
  if (failed.length) line.push(`failed: ${names(failed)}`);
  if (halted.length) line.push(`paused or stopped: ${names(halted)}`);
  const headline = byId('headline');
  put(headline, 'class', failed.length ? 'bad' : halted.length ? 'warn' : 'good');
  const mark = headline.querySelector('.mark') ?? headline.appendChild(shape('good'));
  const text = headline.querySelector('.line') ?? headline.appendChild(make('span', { class: 'line' }));
  reshape(mark, failed.length ? 'bad' : halted.length ? 'paused' : 'good');
  say(text, line.join('; '));
  document.title = `${failed.length ? `${failed.length} failed` : 'Serving'} - NetSuperd`;

  const facts = [`Process ${status.pid}`, status.version && `version ${status.version}`, `up ${since(status.started)}`,
    `map applied ${since(status.applied)} ago`, status.config, `seen ${clock(at)}`];
  inStep(byId('facts'), facts.filter(Boolean).map((text, place) => ({ text, place })), (fact) => fact.place, () => {
    const node = make('span');
    return { node, update: (fact) => say(node, fact.text) };
  });
  showFigures(status, rates);
  showTroubles(status);
}

function names(services) {
  const shown = services.slice(0, 3).map((service) => service.name);
  return services.length > shown.length ? `${shown.join(', ')} and ${services.length - shown.length} more` : shown.join(', ');
}

function showFigures(status, rates) {
  const { all, processor } = rates;
  const use = status.process ?? {};
  const figures = [
    { name: 'Connections', value: count(status.connections), limit: status.max_connections },
    { name: 'Busiest network', value: count(status.max_per_network?.used ?? NaN), limit: status.max_per_network },
    { name: 'Accepted', value: `${all ? rate(all.accepted) : none}/s` },
    { name: 'Refused', value: `${all ? rate(all.refused) : none}/s` },
    { name: 'In', value: all ? `${bytes(all.received)}/s` : none },
    { name: 'Out', value: all ? `${bytes(all.sent)}/s` : none },
    { name: 'Processor', value: processor === null ? none : `${(processor * 100).toFixed(1)} %` },
    { name: 'Memory', value: bytes(use.resident_bytes ?? NaN) },
    { name: 'Descriptors', value: count(use.descriptors ?? NaN),
      limit: use.max_descriptors && { limit: 'descriptors', used: use.descriptors, most: use.max_descriptors } },
  ];
  inStep(byId('figures'), figures, (figure) => figure.name, (figure) => {
    const value = make('b');
    const bar = limitBar(figure.limit?.limit ?? figure.name);
    const node = make('div', { class: 'figure' }, make('span', {}, figure.name), value, bar.node);
    return {
      node,
      update(next) {
        say(value, next.value);
        put(bar.node, 'hidden', !next.limit);
        if (next.limit) bar.update(next.limit);
      },
    };
  });
}

function showTroubles(status) {
  const troubles = troublesOf(status);
  inStep(byId('troubles'), troubles.length ? troubles : [{ key: '', shape: 'good', tone: 'good', text: 'Nothing is wrong.' }],
    (trouble) => trouble.key, (trouble) => {
      const text = make('span');
      const held = make('span', { class: 'quiet' });
      const subject = make('b');
      const mark = shape(trouble.shape);
      const node = make('li', {}, mark, make('div', {}, subject, text, held));
      return {
        node,
        update(next) {
          put(node, 'class', `tone-${next.tone}`);
          reshape(mark, next.shape);
          say(subject, next.subject ? `${next.subject}: ` : '');
          say(text, next.text);
          say(held, next.since ? `, for ${since(next.since)}` : '');
        },
      };
    });
}
