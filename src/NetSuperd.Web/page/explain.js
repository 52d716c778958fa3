// Explain: the gates between a client and its service, in their order, with the one that decides. StatusPage.cs renders the same.

import { byId, make, shape } from './dom.js';
import { ask } from './ask.js';
import { count, span } from './format.js';

export function startExplain() {
  const form = byId('explain-form');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const asked = new URLSearchParams(new FormData(form));
    const answer = await ask(`/explain?${asked}`);
    byId('explain-answer').replaceChildren(...shownAnswer(answer, asked.get('peer')));
  });
}

/** Offers the sockets of a status. */
export function offerSockets(status) {
  const list = byId('explain-sockets');
  const names = (status.sockets ?? []).slice(0, 200).map((socket) => (socket.transport === 'udp' ? `${socket.socket}/udp` : socket.socket));
  const text = names.join('\n');
  if (list.dataset.names === text) return;
  list.dataset.names = text;
  list.replaceChildren(...names.map((value) => make('option', { value })));
}

function shownAnswer(answer, peer) {
  const entries = answer.explained?.entries;
  if (entries?.length) return entries.map((entry) => shownEntry(entry, peer));
  if (answer.outlooks?.length) return answer.outlooks.map((outlook) => make('p', {}, nowText(outlook)));
  return answer.messages.map((message) => make('p', { class: 'why' }, message));
}

function shownEntry(entry, peer) {
  const isRefused = Boolean(entry.refusal);
  return make('div', { class: 'entry' },
    make('p', { class: `verdict tone-${isRefused ? 'bad' : 'good'}` }, shape(isRefused ? 'no' : 'yes'),
      make('b', {}, isRefused ? `${peer} would be refused: ${entry.refusal}` : `${peer} may come in`),
      make('span', { class: 'quiet' }, `${entry.service} at ${entry.socket}${entry.at ? `, ${entry.at}` : ''}`)),
    make('ol', { class: 'gates' }, ...(entry.gates ?? []).map((gate) => shownGate(gate, entry.refusal))),
    entry.now ? make('p', {}, nowText(entry.now)) : null);
}

function shownGate(gate, refusal) {
  const decides = gate.admits === false && (!refusal || gate.gate === refusal);
  const [look, tone] = gate.admits === false ? ['no', 'bad'] : gate.admits ? ['yes', 'good'] : ['open', 'quiet'];
  return make('li', { class: `tone-${tone}${decides ? ' decides' : ''}` }, shape(look), make('b', {}, gate.gate),
    make('span', {}, gate.text), make('span', { class: 'quiet' }, gate.at ?? 'default'),
    decides ? make('strong', { class: 'tag' }, 'decides') : null);
}

function nowText(now) {
  const limits = (now.limits ?? []).map((limit) => `${limit.limit} ${count(limit.used)} of ${count(limit.most)}`).join(', ');
  const verdict = !now.word ? 'would be let in' : now.waits ? `would wait in the backlog (${now.word})` : `would be refused (${now.word})`;
  const retry = Number.isFinite(now.retry_s) ? `; the next token comes in ${span(now.retry_s)}` : '';
  return `Now it ${verdict}${retry}${limits ? `; used: ${limits}` : ''}.`;
}
