// How fast the counters of a status rise, over the last five seconds.

import { sumOf } from './format.js';

const windowSeconds = 5.5;
const summed = ['accepted', 'received', 'sent'];

const byName = (items, name) => new Map(items.map((item) => [item[name], item]));

export class Rates {
  #past = [];

  /** Takes a status in; counters of another process begin anew. */
  note(at, daemon) {
    const now = { time: Date.parse(at) / 1000, pid: daemon.pid, services: byName(daemon.services ?? [], 'name'), process: daemon.process };
    const last = this.#past.at(-1);
    if (last && (last.pid !== now.pid || now.time <= last.time || now.time - last.time > windowSeconds)) this.#past = [];
    this.#past.push(now);
    while (now.time - this.#past[0].time > windowSeconds) this.#past.shift();
  }

  /** Forgets everything: there is a gap. */
  clear() {
    this.#past = [];
  }

  /** Of a service, in a second: accepted, received, sent, refused and the words of the refusals; null where nothing is known yet. */
  of(name) {
    const [first, last] = [this.#past[0], this.#past.at(-1)];
    const [then, now] = [first?.services.get(name), last?.services.get(name)];
    const seconds = last?.time - first?.time;
    if (!then || !now || !(seconds > 0)) return null;
    const rise = (before, after) => Math.max(0, (after ?? 0) - (before ?? 0)) / seconds;
    const rates = { refused: rise(sumOf(then.reasons), sumOf(now.reasons)), words: {} };
    for (const member of summed) rates[member] = now[member] === undefined ? null : rise(then[member], now[member]);
    for (const word of Object.keys(now.reasons ?? {})) rates.words[word] = rise(then.reasons?.[word], now.reasons[word]);
    return rates;
  }

  /** The part of one processor that the daemon uses; null where it is not known. */
  get processor() {
    const [first, last] = [this.#past[0], this.#past.at(-1)];
    const seconds = last?.time - first?.time;
    if (!first?.process || !last.process || !(seconds > 0)) return null;
    return Math.max(0, last.process.cpu_s - first.process.cpu_s) / seconds;
  }

  /** Of all services together. */
  get all() {
    const last = this.#past.at(-1);
    const sum = { accepted: 0, refused: 0, received: 0, sent: 0 };
    if (!last || this.#past.length < 2) return null;
    for (const name of last.services.keys()) {
      const rates = this.of(name);
      for (const member of Object.keys(sum)) sum[member] += rates?.[member] ?? 0;
    }
    return sum;
  }
}
