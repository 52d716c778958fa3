// The table of connections. Only the rows in view are in the document, however many there are.

import { byId, make, put, say } from './dom.js';
import { count, none } from './format.js';
import { columns, sortRows } from './columns.js';
import { isChosen, isNarrow, readChoice } from './choice.js';

const extra = 6;

export class Connections {
  #operate;
  #known = new Map();
  #found = [];
  #views = new Map();
  #column = columns[0];
  #isRising = false;
  #rowHeight = 0;
  #above = make('tr', { class: 'space', 'aria-hidden': 'true' });
  #below = make('tr', { class: 'space', 'aria-hidden': 'true' });
  #scroll = byId('connections-scroll');
  #body = byId('connections-rows');
  #drawing = 0;

  constructor(operate) {
    this.#operate = operate;
    this.#drawHead();
    byId('connections-filter').addEventListener('input', () => this.#choose());
    byId('connections-filter').addEventListener('reset', () => setTimeout(() => this.#choose()));
    byId('connections-filter').addEventListener('submit', (event) => event.preventDefault());
    byId('abort-found').addEventListener('click', () =>
      operate.abortFound(readChoice(), this.#found.map((row) => row.connection.id)));
    this.#scroll.addEventListener('scroll', () => this.#drawSoon(), { passive: true });
    new ResizeObserver(() => this.#drawSoon()).observe(this.#scroll);
  }

  /** Takes the connections in that live now. */
  show(connections) {
    const known = new Map();
    for (const connection of connections) {
      const key = `${connection.process} ${connection.id}`;
      const row = this.#known.get(key) ?? { key: null, name: key, keys: {}, connection };
      row.connection = connection;
      known.set(key, row);
    }
    this.#known = known;
    this.#offer('find-service', connections.map(({ service }) => service));
    this.#offer('find-state', connections.map(({ state }) => state));
    this.#choose();
  }

  /** Adds the values that occur to a list; what is chosen stays. */
  #offer(id, values) {
    const list = byId(id);
    const wanted = [...new Set(values.filter(Boolean))].sort();
    const chosen = list.value;
    if (chosen && !wanted.includes(chosen)) wanted.push(chosen);
    if (wanted.join('\n') === [...list.options].slice(1).map((option) => option.value).join('\n')) return;
    list.replaceChildren(list.options[0], ...wanted.map((value) => make('option', { value }, value)));
    list.value = chosen;
  }

  #drawHead() {
    const cells = columns.map((column) => {
      const button = make('button', { type: 'button' }, column.name, make('span', { class: 'arrow', 'aria-hidden': 'true' }));
      button.addEventListener('click', () => this.#sortBy(column));
      return make('th', { scope: 'col', class: `col-${column.id}${column.isNumber ? ' number' : ''}`, 'data-column': column.id }, button);
    });
    if (this.#operate) cells.push(make('th', { scope: 'col', class: 'col-abort' }, make('span', { class: 'unseen' }, 'Abort')));
    byId('connections-table').tHead.rows[0].replaceChildren(...cells);
    this.#markHead();
  }

  #markHead() {
    for (const cell of byId('connections-table').tHead.rows[0].cells) {
      const isSorted = cell.dataset.column === this.#column.id;
      put(cell, 'aria-sort', isSorted ? (this.#isRising ? 'ascending' : 'descending') : null);
      const arrow = cell.querySelector('.arrow');
      if (arrow) say(arrow, isSorted ? (this.#isRising ? '▲' : '▼') : '');
    }
  }

  #sortBy(column) {
    this.#isRising = this.#column === column ? !this.#isRising : !column.isNumber;
    this.#column = column;
    this.#markHead();
    this.#choose();
  }

  #choose() {
    const choice = readChoice();
    const all = [...this.#known.values()];
    this.#found = sortRows(isNarrow(choice) ? all.filter((row) => isChosen(choice, row)) : all, this.#column, this.#isRising);
    say(byId('connections-count'), isNarrow(choice) ? `${count(this.#found.length)} of ${count(all.length)}` : count(all.length));
    put(byId('abort-found'), 'hidden', !this.#operate);
    put(byId('abort-found'), 'disabled', !isNarrow(choice) || !this.#found.length);
    this.#draw();
  }

  #drawSoon() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  #draw() {
    this.#rowHeight = parseFloat(getComputedStyle(this.#scroll).getPropertyValue('--row')) || 28;
    const height = this.#rowHeight;
    const first = Math.max(0, Math.floor(this.#scroll.scrollTop / height) - extra);
    const last = Math.min(this.#found.length, Math.ceil((this.#scroll.scrollTop + this.#scroll.clientHeight) / height) + extra);
    const shown = this.#found.slice(Math.min(first, last), last);
    const views = new Map();
    const focused = document.activeElement;
    if (this.#body.firstChild !== this.#above) this.#body.replaceChildren(this.#above, this.#below);
    let next = this.#above.nextSibling;
    shown.forEach((row, at) => {
      const view = this.#views.get(row.name) ?? this.#create();
      view.update(row, first + at + 2);
      views.set(row.name, view);
      if (view.node === next) next = next.nextSibling;
      else this.#body.insertBefore(view.node, next);
    });
    for (const [name, view] of this.#views) if (!views.has(name)) view.node.remove();
    this.#views = views;
    this.#above.style.height = `${Math.min(first, last) * height}px`;
    this.#below.style.height = `${(this.#found.length - last) * height}px`;
    put(byId('connections-table'), 'aria-rowcount', this.#found.length + 1);
    // A row that was moved has lost the focus of its button.
    if (focused !== document.activeElement && this.#body.contains(focused)) focused.focus({ preventScroll: true });
  }

  #create() {
    const cells = columns.map((column) =>
      make('td', { class: `col-${column.id}${column.isNumber ? ' number' : ''}`, 'data-label': column.name }));
    const button = this.#operate ? make('button', { type: 'button', class: 'small danger' }, 'Abort') : null;
    const node = make('tr', {}, ...cells, button && make('td', { class: 'col-abort' }, button));
    let shown = null;
    button?.addEventListener('click', () => this.#operate.abort(shown));
    return {
      node,
      update({ connection }, place) {
        shown = connection;
        put(node, 'aria-rowindex', place);
        columns.forEach((column, at) => say(cells[at], column.text(connection) || none));
        put(cells[2], 'title', connection.peer.length > 40 ? connection.peer : null);
        put(cells[3], 'title', connection.target ?? null);
        if (button) put(button, 'aria-label', `Abort connection ${connection.id} of ${connection.service}`);
      },
    };
  }
}
