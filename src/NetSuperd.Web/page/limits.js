// A limit as a bar, with its numbers and, where it is used up, the word.

import { make, put, say, inStep } from './dom.js';
import { count } from './format.js';

const near = 0.8;

/** A bar, and how it is brought up to date. */
export function limitBar(label) {
  const fill = make('rect', { class: 'fill', height: 6, width: 0 });
  const bar = make('svg', { class: 'bar', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    make('rect', { class: 'track', width: 100, height: 6 }), fill);
  const numbers = make('span', { class: 'limit-numbers' });
  const node = make('div', { class: 'limit', role: 'meter', 'aria-label': label, 'aria-valuemin': 0 },
    make('span', { class: 'limit-name' }, label), bar, numbers);
  return {
    node,
    update({ used, most }) {
      const part = most > 0 ? Math.min(1, used / most) : 1;
      const level = part >= 1 ? 'full' : part >= near ? 'near' : 'free';
      put(node, 'data-level', level);
      put(node, 'aria-valuenow', Math.min(used, most));
      put(node, 'aria-valuemax', most);
      put(node, 'aria-valuetext', `${used} of ${most}`);
      put(fill, 'width', Math.round(part * 1000) / 10);
      say(numbers, `${count(used)} / ${count(most)}${level === 'full' ? ' full' : ''}`);
    },
  };
}

/** Shows all limits of a service; a key may stand there twice, for connections and for datagrams. */
export function showLimits(parent, limits) {
  inStep(parent, (limits ?? []).map((limit, at) => ({ ...limit, at })), (limit) => `${limit.at} ${limit.limit}`,
    (limit) => limitBar(limit.limit));
}
