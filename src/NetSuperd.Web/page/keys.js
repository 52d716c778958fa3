// Single keys of the page, which can be switched off (WCAG 2.1.4), and the list of them.

import { byId, make } from './dom.js';

const focusOn = (id) => () => {
  byId(id).focus();
  byId(id).closest('section').scrollIntoView();
};

const keys = [
  ['t', 'the timeline', () => { byId('timeline').scrollIntoView(); document.querySelector('.plot').focus({ preventScroll: true }); }],
  ['s', 'find a service', focusOn('services-filter')],
  ['o', 'find a socket', focusOn('sockets-filter')],
  ['/', 'find connections', focusOn('find')],
  ['v', 'the events', focusOn('events-list')],
  ['e', 'explain a peer', () => { byId('explain-form').elements.peer.focus(); byId('explain').scrollIntoView(); }],
  ['m', 'find a key of the map', focusOn('map-find')],
  ['d', 'theme: as the system, light, dark', () => globalThis.nextTheme()],
  ['?', 'this list', () => byId('help').showModal()],
];

export function startKeys() {
  byId('keys').replaceChildren(...[...keys, ['Esc', 'leave a field, clear a search']].flatMap(([key, text]) =>
    [make('dt', {}, make('kbd', {}, key)), make('dd', {}, text)]));
  byId('keys-on').checked = areOn();
  byId('keys-on').addEventListener('change', () => keep(byId('keys-on').checked ? 'on' : 'off'));
  byId('help-open').addEventListener('click', () => byId('help').showModal());
  byId('theme').addEventListener('click', () => globalThis.nextTheme());
  document.addEventListener('keydown', press);
}

function press(event) {
  const field = event.target.closest?.('input, select, textarea');
  if (event.key === 'Escape' && field) return field.blur();
  if (field || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') || !areOn()) return;
  const found = keys.find(([key]) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found[2]();
}

function areOn() {
  try {
    return localStorage.getItem('keys') !== 'off';
  } catch {
    return byId('keys-on').checked;
  }
}

function keep(value) {
  try {
    localStorage.setItem('keys', value);
  } catch {
    // The box itself tells, until the page is closed.
  }
}
