// Which connections are shown: by text, service, state and idle time.

import { byId } from './dom.js';
import { hostOf, isIn, prefixOf } from './prefix.js';

const unitSeconds = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 };

/** What the form asks for. */
export function readChoice() {
  const text = byId('find').value.trim();
  const idle = byId('find-idle').value.trim();
  const [, number, unit] = /^(\d+) *(ms|s|m|h|d)$/.exec(idle) ?? [];
  return {
    text: text.toLowerCase(),
    prefix: prefixOf(text),
    service: byId('find-service').value,
    state: byId('find-state').value,
    idle: number ? number + unit : '',
    idleSeconds: number ? Number(number) * unitSeconds[unit] : 0,
  };
}

/** Whether the choice leaves anything out. */
export const isNarrow = (choice) => Boolean(choice.text || choice.service || choice.state || choice.idle);

/** Whether a connection is in the choice; a row keeps what is expensive to find out. */
export function isChosen(choice, row) {
  const { connection } = row;
  if (choice.service && connection.service !== choice.service) return false;
  if (choice.state && connection.state !== choice.state) return false;
  if (choice.idleSeconds && !(connection.idle_s >= choice.idleSeconds)) return false;
  if (choice.prefix) return isIn(choice.prefix, row.host ??= hostOf(connection.peer));
  return !choice.text || (row.text ??= wordsOf(connection)).includes(choice.text);
}

const wordsOf = (connection) => [connection.id, connection.service, connection.protocol, connection.local, connection.peer,
  connection.target, connection.state, connection.pid, connection.process].join(' ').toLowerCase();

/** The daemon's own command for the choice; null: it has none for a text that is no prefix. */
export function commandOf(choice) {
  if (choice.text && !choice.prefix) return null;
  const command = { command: 'abort' };
  if (choice.service) command.service = choice.service;
  if (choice.prefix) command.peer = choice.prefix.text;
  if (choice.state) command.state = choice.state;
  if (choice.idle) command.idle = choice.idle;
  return command;
}
