// The last events of the daemon, newest first.

import { byId, make, put, say, shape } from './dom.js';
import { bytes, clock, of, span } from './format.js';

const mostEvents = 300;
const ofConnections = new Set(['start', 'end', 'refused']);
let events = [];

/** Adds events; the first of a stream replace what was there. */
export function addEvents(data, isFirst) {
  const fresh = data.events ?? [];
  if (isFirst) events = [];
  events.push(...fresh);
  if (data.lost) events.push({ event: 'lost', time: fresh.at(-1)?.time ?? new Date().toISOString(), count: data.lost });
  events = events.slice(-mostEvents);
  const list = byId('events-list');
  if (isFirst) list.replaceChildren();
  const stays = list.scrollTop > 4 ? list.scrollHeight - list.scrollTop : 0;
  list.prepend(...events.slice(isFirst ? 0 : -(fresh.length + (data.lost ? 1 : 0)) || events.length).filter(isSought).reverse().map(line));
  while (list.childElementCount > mostEvents) list.lastChild.remove();
  // After scrolling down, the line in view stays in view.
  if (stays) list.scrollTop = list.scrollHeight - stays;
}

/** Shows the events again after another choice. */
export function showEvents() {
  byId('events-list').replaceChildren(...events.filter(isSought).reverse().map(line));
}

function isSought(event) {
  switch (byId('events-kind').value) {
    case 'trouble': return event.level === 'warning' || event.level === 'error' || event.event === 'lost';
    case 'refused': return event.event === 'refused';
    case 'connections': return ofConnections.has(event.event);
    case 'daemon': return !ofConnections.has(event.event);
    default: return true;
  }
}

function line(event) {
  const look = event.level === 'error' ? ['bad', 'bad'] : event.level === 'warning' || event.event === 'lost' ? ['warn', 'turning']
    : event.event === 'refused' ? ['warn', 'no'] : event.event === 'start' ? ['quiet', 'good'] : event.event === 'end' ? ['quiet', 'off']
      : ['plain', 'open'];
  const node = make('li', { class: `tone-${look[0]}` }, make('time', { datetime: event.time }), shape(look[1]), make('b'), make('span'));
  const [time, , word, text] = node.children;
  say(time, clock(event.time));
  say(word, event.event);
  say(text, textOf(event));
  put(text, 'class', 'text');
  return node;
}

function textOf(event) {
  if (event.event === 'lost') return `${of(event.count ?? 0, 'event')} came faster than they could be shown`;
  if (event.message) return event.message;
  const connection = [event.id && `connection ${event.id}`, event.service && `of ${event.service}`, event.peer && `from ${event.peer}`,
    event.local && `to ${event.local}`].filter(Boolean).join(' ');
  const outcome = [event.end, event.reason].filter(Boolean).join(' ');
  return [connection, outcome, event.pid && `child ${event.pid}`, Number.isFinite(event.elapsed_s) && `after ${span(event.elapsed_s)}`,
    Number.isFinite(event.received) && `${bytes(event.received)} in`, Number.isFinite(event.sent) && `${bytes(event.sent)} out`,
  ].filter(Boolean).join(', ');
}
