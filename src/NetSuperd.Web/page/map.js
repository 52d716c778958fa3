// The map in force, with a search over keys and values. It is asked for when it comes into view, and again after a reload.

import { byId, make, say } from './dom.js';
import { ask } from './ask.js';
import { count } from './format.js';

const mostKeys = 500;
let entries = null;
let applied = null;
let isInView = false;

export function startMap() {
  byId('map-find').addEventListener('input', showMap);
  new IntersectionObserver((seen) => {
    isInView = seen.at(-1).isIntersecting;
    if (isInView && entries === null) load();
  }).observe(byId('map'));
}

/** Another map may be in force since this time. */
export function noteApplied(at) {
  if (applied === at) return;
  applied = at;
  entries = null;
  if (isInView) load();
}

async function load() {
  entries = [];
  const answer = await ask('/map');
  if (answer.entries) {
    entries = Object.entries(answer.entries);
    showMap();
  } else {
    entries = null;
    byId('map-rows').replaceChildren(make('tr', {}, make('td', { class: 'why' }, answer.messages.join(' '))));
  }
}

function showMap() {
  if (entries === null) return;
  const words = byId('map-find').value.trim().toLowerCase().split(/\s+/);
  const found = entries.filter(([key, value]) => words.every((word) => `${key} = ${value}`.toLowerCase().includes(word)));
  say(byId('map-count'), found.length === entries.length ? count(entries.length) : `${count(found.length)} of ${count(entries.length)}`);
  byId('map-rows').replaceChildren(
    ...found.slice(0, mostKeys).map(([key, value]) => make('tr', {}, make('th', { scope: 'row' }, key), make('td', {}, value))),
    found.length > mostKeys ? make('tr', {}, make('td', { colspan: 2, class: 'quiet' }, `${count(found.length - mostKeys)} more; search for them`))
      : '');
}
