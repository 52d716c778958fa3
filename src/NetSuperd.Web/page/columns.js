// The columns of the table of connections: what stands in each, and by what it is sorted.

import { bytes, count, none, span } from './format.js';

const padded = (text) => text.replace(/\d+/g, (digits) => digits.padStart(5, '0'));

/** `key` gives a number or a text to sort by; `kept` keys never change and are found out once. */
export const columns = [
  { id: 'id', name: 'Id', isNumber: true, key: (c) => c.id, text: (c) => String(c.id) },
  { id: 'service', name: 'Service', key: (c) => c.service, text: (c) => c.service },
  { id: 'peer', name: 'Peer', kept: true, key: (c) => padded(c.peer), text: (c) => c.peer },
  { id: 'local', name: 'Local', kept: true, key: (c) => padded(c.local), text: (c) => (c.target ? `${c.local} \u2192 ${c.target}` : c.local) },
  { id: 'state', name: 'State', key: (c) => c.state, text: (c) => c.state ?? none },
  { id: 'age', name: 'Age', isNumber: true, key: (c) => c.age_s, text: (c) => span(c.age_s) },
  { id: 'idle', name: 'Idle', isNumber: true, key: (c) => c.idle_s, text: (c) => span(c.idle_s ?? NaN) },
  { id: 'received', name: 'In', isNumber: true, key: (c) => c.received, text: (c) => bytes(c.received ?? NaN) },
  { id: 'sent', name: 'Out', isNumber: true, key: (c) => c.sent, text: (c) => bytes(c.sent ?? NaN) },
  { id: 'rtt', name: 'RTT', isNumber: true, key: (c) => c.rtt_ms,
    text: (c) => (Number.isFinite(c.rtt_ms) ? `${c.rtt_ms < 10 ? c.rtt_ms.toFixed(2) : count(c.rtt_ms)} ms` : none) },
  { id: 'pid', name: 'Process', isNumber: true, key: (c) => c.pid ?? c.process, text: (c) => String(c.pid ?? c.process) },
];

/** Sorts rows by a column; those that have no value stand last in both directions, and equal ones by their number. */
export function sortRows(rows, column, isRising) {
  const keyOf = column.kept ? (row) => row.keys[column.id] ??= column.key(row.connection) : (row) => column.key(row.connection);
  const sign = isRising ? 1 : -1;
  for (const row of rows) row.key = keyOf(row) ?? null;
  return rows.sort((a, b) => {
    if (a.key === b.key) return a.connection.id - b.connection.id;
    if (a.key === null || b.key === null) return a.key === null ? 1 : -1;
    return a.key < b.key ? -sign : sign;
  });
}
