// The table of sockets, with what waits at them and what the system has dropped.

import { byId, make, put, say, shape, reshape, inStep } from './dom.js';
import { count, since } from './format.js';
import { shapeOf, toneOf } from './states.js';

export function showSockets(status) {
  const sockets = status.sockets ?? [];
  const sought = byId('sockets-filter').value.trim().toLowerCase();
  const found = sockets.filter((socket) =>
    `${socket.socket} ${socket.transport} ${socket.service} ${socket.state} ${socket.entry ?? ''}`.toLowerCase().includes(sought));
  say(byId('sockets-count'), sought ? `${count(found.length)} of ${count(sockets.length)}` : count(sockets.length));
  inStep(byId('sockets-rows'), found, (socket) => `${socket.transport} ${socket.socket} ${socket.service}`, socketRow);
}

function socketRow() {
  const mark = shape('open');
  const state = make('b');
  const reason = make('span', { class: 'why' });
  const cells = ['Socket', 'Transport', 'Service', 'Waiting', 'Dropped', 'For'].map((label) =>
    make('td', { 'data-label': label, class: label === 'Waiting' || label === 'Dropped' ? 'number' : null }));
  const [address, transport, service, waiting, dropped, held] = cells;
  const text = make('span');
  address.append(text, reason);
  put(address, 'class', 'address');
  const node = make('tr', {}, make('td', { class: 'state' }, mark, state), ...cells);
  return {
    node,
    update(socket) {
      put(node, 'class', `tone-${toneOf(socket.state)}`);
      reshape(mark, shapeOf(socket.state));
      say(state, socket.state);
      say(text, socket.socket);
      say(reason, socket.reason ?? '');
      say(transport, socket.transport);
      say(service, socket.service);
      say(waiting, count(socket.waiting ?? NaN));
      say(dropped, count(socket.dropped ?? NaN));
      put(waiting, 'data-some', socket.waiting > 0);
      put(dropped, 'data-some', socket.dropped > 0);
      say(held, since(socket.since));
    },
  };
}
