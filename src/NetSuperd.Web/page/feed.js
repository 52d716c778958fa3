// What the web process sends, as it comes. It ends while the page is hidden, and costs the daemon nothing then.

const kinds = ['status', 'history', 'sample', 'mark', 'connections', 'log', 'down'];
const stalledAfter = 6000;
const retryAfter = 5000;

export class Feed {
  #listeners = new Map();
  #source = null;
  #stalled = 0;
  #withConnections = false;

  /** Calls for each event of a kind; `lost` is one more: the web process itself does not answer. */
  on(kind, call) {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), call]);
  }

  start() {
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#close() : this.#open()));
    if (!document.hidden) this.#open();
  }

  /** Asks for the connections as well, from now on. */
  wantConnections() {
    if (this.#withConnections) return;
    this.#withConnections = true;
    if (this.#source) this.#open();
  }

  #open() {
    this.#close();
    const source = new EventSource(this.#withConnections ? '/events?connections=1' : '/events');
    this.#source = source;
    for (const kind of kinds) {
      source.addEventListener(kind, (event) => {
        if (source !== this.#source) return;
        this.#watch();
        this.#tell(kind, JSON.parse(event.data));
      });
    }
    source.addEventListener('error', () => {
      if (source !== this.#source) return;
      this.#tell('lost', {});
      // A browser tries again by itself, unless the answer was an error.
      if (source.readyState === EventSource.CLOSED) this.#again(retryAfter);
    });
    this.#watch();
  }

  #close() {
    clearTimeout(this.#stalled);
    this.#source?.close();
    this.#source = null;
  }

  #watch() {
    this.#again(stalledAfter);
  }

  #again(milliseconds) {
    clearTimeout(this.#stalled);
    this.#stalled = setTimeout(() => {
      this.#tell('lost', {});
      this.#open();
    }, milliseconds);
  }

  #tell(kind, data) {
    for (const call of this.#listeners.get(kind) ?? []) call(data);
  }
}
