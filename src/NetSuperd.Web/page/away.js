// The banner for the time in which nothing new comes: old values stay, in grey.

import { byId, put, say } from './dom.js';
import { clock } from './format.js';

let awaySince = null;
let seen = null;

/** The daemon has answered. */
export function showPresent(at) {
  seen = at;
  awaySince = null;
  put(byId('away'), 'hidden', true);
  put(document.body, 'data-away', null);
}

/** The daemon, or the web process, does not answer. */
export function showAway(who, at, reason) {
  awaySince ??= at;
  // The reason may be several lines of the daemon; the text changes only with it, because a reader announces every change.
  const values = seen ? `The values below are from ${clock(seen)}.` : 'Nothing is known yet.';
  say(byId('away'), `${who} has not answered since ${clock(awaySince)}: ${reason.replace(/\.$/, '')}. ${values}`);
  put(byId('away'), 'hidden', null);
  put(document.body, 'data-away', true);
  document.title = 'No answer - NetSuperd';
}
