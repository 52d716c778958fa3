// A daemon's state that changes as a real one's does, also with what strangers send: for tests of the page.

const words = ['address', 'rate', 'source_rate', 'source_limit', 'service_limit'];
const ends = ['closed', 'reset', 'timeout', 'aborted'];
const limits = (used) => [
  { limit: 'rate', used: 3, most: 100 }, { limit: 'max_connections', used, most: 1000 },
  { limit: 'max_per_source', used: Math.min(100, used), most: 100 }, { limit: 'max_per_network', used: Math.min(410, used), most: 500 },
];

/** The same numbers at each run. */
function dice(seed) {
  let state = seed;
  return (most) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * most);
  };
}

export const strange = '<script>alert(1)</script>';

export class World {
  #roll = dice(7);
  #turn = 0;
  commands = [];
  connections = [];
  isAway = false;

  /** With `stays`, the same connections live, and are idle, from the start to the end. */
  constructor({ services = 12, connections = 240, stays = false } = {}) {
    this.stays = stays;
    this.started = new Date(Date.now() - 273_000_000).toISOString();
    this.applied = new Date(Date.now() - 5_400_000).toISOString();
    this.services = services === 0 ? [] : [
      this.#service('echo', 'handler', 'serving'), this.#service('ftp', 'child', 'serving'),
      this.#service('imap', 'child', 'failed', { reason: 'cannot bind 192.0.2.9:143: address already in use by dovecot (812)' }),
      this.#service('tftp', 'wait', 'paused'), this.#service('web', 'server', 'serving',
        { server: { pid: 4711, since: this.started, restarts: 2, last_end: 'exited', last_end_at: this.started, status: 'ready' } }),
      this.#service(strange, 'handler', 'serving'),
      this.#service('a-service-with-a-name-that-is-as-long-as-names-get-'.repeat(2), 'child', 'serving'),
      this.#service('off', 'child', 'disabled'), this.#service('batch', 'server', 'restarting'),
      ...Array.from({ length: Math.max(0, services - 9) }, (_, at) => this.#service(`custom-${at + 1}`, 'handler', 'serving')),
    ];
    this.connections = Array.from({ length: services === 0 ? 0 : connections }, (_, at) => this.#connection(at + 1));
  }

  #service(name, kind, state, more = {}) {
    return {
      name, kind, state, reason: null, since: this.applied, live: 0, ends: { closed: 40210, reset: 12 }, reasons: { address: 311 },
      limits: limits(0), datagrams: {}, accepted: 40533, received: 9_100_000, sent: 48_000_000, ...more,
    };
  }

  #connection(id) {
    const busy = this.services.filter(({ state }) => state === 'serving');
    const service = busy[this.#roll(busy.length)];
    const age = this.#roll(40000) / 10;
    const isSix = this.#roll(5) === 0;
    return {
      id, service: service.name, protocol: 'TCP', local: isSix ? '[2001:db8::1]:7' : '192.0.2.1:7',
      peer: id === 3 ? `/tmp/${strange}` : isSix ? `[2001:db8:${this.#roll(9999).toString(16)}::${id}]:${1024 + this.#roll(60000)}`
        : `${this.#roll(3) ? 10 : 198}.${this.#roll(20)}.${this.#roll(255)}.${this.#roll(255)}:${1024 + this.#roll(60000)}`,
      since: new Date(Date.now() - age * 1000).toISOString(), age_s: age, received: this.#roll(90000), sent: this.#roll(9_000_000),
      state: this.#roll(12) ? 'established' : 'close-wait', rtt_ms: this.#roll(40000) / 1000,
      pid: service.kind === 'child' ? 5000 + id : null, process: 812, idle_s: this.#roll(9000) / 10,
    };
  }

  /** A second passes. */
  step() {
    this.#turn++;
    for (const service of this.services.filter(({ state }) => state === 'serving')) {
      const came = 20 + this.#roll(20);
      const turned = this.#roll(6) === 0 ? 1 + this.#roll(4) : 0;
      const word = words[this.#roll(words.length)];
      const end = ends[this.#roll(10) ? 0 : this.#roll(ends.length)];
      service.accepted += came;
      service.received += came * 900;
      service.sent += came * 5200;
      service.ends = { ...service.ends, [end]: (service.ends[end] ?? 0) + came - turned };
      if (turned) service.reasons = { ...service.reasons, [word]: (service.reasons[word] ?? 0) + turned };
      service.live = this.connections.filter((connection) => connection.service === service.name).length;
      service.limits = limits(service.name === 'ftp' ? 1000 : service.name === 'custom-1' ? 870 : service.live);
    }
    for (const connection of this.connections) {
      connection.age_s += 1;
      connection.idle_s = this.stays || this.#roll(4) ? connection.idle_s + 1 : 0;
      connection.sent += this.#roll(3000);
    }
    const next = (this.connections.at(-1)?.id ?? 0) + 1;
    if (this.services.length && !this.stays) {
      this.connections.splice(this.#roll(this.connections.length), 1);
      this.connections.push(this.#connection(next));
    }
  }

  get status() {
    const sockets = this.services.flatMap((service, at) => service.state === 'disabled' || service.kind === 'server' ? [] : [
      this.#socket(`0.0.0.0:${at + 7}`, 'tcp', service), this.#socket(`[::]:${at + 7}`, 'tcp', service),
    ]);
    if (sockets.length) sockets.push({ ...this.#socket('0.0.0.0:7', 'udp', this.services[0]), waiting: null, dropped: 19 + this.#turn });
    return {
      v: 1, pid: 812, started: this.started, applied: this.applied, config: '/etc/netsuperd/netsuperd.toml',
      connections: this.connections.length, services: this.services, sockets,
      max_connections: { limit: 'max_connections', used: this.connections.length, most: 10000 },
      lingering: this.services.length ? [{ pid: 640, started: this.started, connections: 3, version: '0.1.0' }] : [],
      max_per_network: { limit: 'max_per_network', used: 88, most: 5000 }, version: '0.2.0',
      process: { cpu_s: this.#turn * 0.031, resident_bytes: 61_800_448, managed_bytes: 1_812_344, threads: 17,
        descriptors: 41 + this.connections.length, max_descriptors: 524288, collections: [3, 1, 0], paused_s: 0.001,
        loops: { connections: 12, children: 3 } },
    };
  }

  #socket(socket, transport, service) {
    const state = { serving: 'listening', failed: 'failed', paused: 'paused' }[service.state] ?? 'listening';
    return { socket, transport, service: service.name, name: service.name, state, reason: service.reason, since: this.applied,
      waiting: service.name === 'ftp' ? 40 + this.#roll(20) : 0, dropped: 0 };
  }

  sample(at = Date.now()) {
    const busy = 60 + 20 * Math.sin(at / 90_000);
    return {
      at: new Date(at).toISOString(), live: Math.round(this.connections.length * (0.8 + 0.15 * Math.sin(at / 120_000)) + this.#roll(9)),
      accepted: Math.round(5 * busy), refused: this.#roll(4) ? {} : { address: this.#roll(9), source_rate: this.#roll(20) },
      ended: { closed: Math.round(5 * busy), reset: this.#roll(4) },
      start_ms: { p50: 0.2 + this.#roll(10) / 50, p95: 0.8 + this.#roll(30) / 20 },
      duration_s: { p50: 0.01 + this.#roll(9) / 1000, p95: 2.5 + this.#roll(20) / 10 },
    };
  }

  get history() {
    const now = Date.now();
    return {
      interval_s: 5,
      samples: Array.from({ length: 180 }, (_, at) => this.sample(now - (180 - at) * 5000)).filter((_, at) => at < 60 || at > 66),
      marks: [{ at: new Date(now - 590_000).toISOString(), kind: 'down' }, { at: new Date(now - 566_000).toISOString(), kind: 'restart' },
        { at: new Date(now - 200_000).toISOString(), kind: 'reload' }],
    };
  }

  get log() {
    const at = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
    const some = this.connections.slice(0, 30).flatMap(({ id, service, peer, local }, turn) => [
      { event: 'start', time: at(200 - turn), service, id, peer, local },
      turn % 7 === 3 ? { event: 'refused', time: at(200 - turn), service, id, peer, local, reason: 'source_rate', elapsed_s: 0.0001 }
        : { event: 'end', time: at(199 - turn), service, id, peer, local, end: 'closed', received: 3, sent: turn, elapsed_s: 0.0021 },
    ]);
    return [
      { event: 'bind_failed', time: at(300), level: 'error', service: 'imap', message: 'Cannot bind 192.0.2.9:143: in use' },
      { event: 'paused', time: at(290), level: 'info', service: 'tftp', message: 'Paused tftp: its clients wait' },
      { event: 'limit_reached', time: at(280), level: 'warning', service: 'ftp', message: 'ftp has max_connections = 1000' },
      ...some, { event: 'reloaded', time: at(100), level: 'info', message: `Reloaded the map; changes: 1 ${strange}` },
    ];
  }

  /** One more event of a connection. */
  get event() {
    const connection = this.connections[this.#roll(this.connections.length)];
    const { service, id, peer, local } = connection ?? {};
    return connection && { event: 'start', time: new Date().toISOString(), service, id, peer, local };
  }

  get map() {
    const entries = { 'ports.7': '"echo"', 'ports.21': '"ftp"', 'services.ftp.exec': '["/usr/sbin/in.ftpd", "-l"]',
      'services.ftp.env': 'not shown' };
    for (const service of this.services) entries[`services.${JSON.stringify(service.name)}.max_connections`] = '1000';
    return { status: 0, messages: [], entries };
  }

  explain(peer, socket) {
    const isRefused = peer.startsWith('203.');
    const gate = (word, text, admits, at = null) => ({ gate: word, text, admits, at });
    const now = { service: 'ftp', word: isRefused ? 'address' : null, waits: false, retry_s: null,
      limits: [{ limit: 'max_connections', used: 12, most: 1000 }] };
    if (!/^[\d.:a-f]+$/i.test(peer)) return { status: 64, messages: [`netsuperd: ${peer} is not an address`] };
    return { status: 0, messages: [], outlooks: [now], explained: { entries: [{
      socket, service: 'ftp', at: '/etc/netsuperd/netsuperd.toml:7:1', refusal: isRefused ? 'address' : null, now, gates: [
        gate('total_limit', 'the daemon serves at most 10000 at once', null),
        gate('service_limit', 'the service has at most 1000 at once; then clients wait', null),
        gate('address', isRefused ? 'deny = ["203.0.113.0/24"] names it' : 'every peer that is not denied may come in', !isRefused,
          isRefused ? '/etc/netsuperd/netsuperd.toml:12:9' : null),
        gate('source_limit', 'one source has at most 100 at once', null),
      ],
    }] } };
  }

  /** What an operator commands. */
  operate(command) {
    this.commands.push(command);
    const service = this.services.find(({ name }) => name === command.service);
    if (command.command === 'pause' && service) service.state = 'paused';
    if (command.command === 'resume' && service) service.state = 'serving';
    if (command.command === 'reload') {
      return { status: 0, messages: [], changes: [{ path: 'services.ftp.max_connections', old: '1000', new: '1200' },
        { path: 'ports.2005', old: null, new: '"custom"' }, { path: 'services.old.exec', old: '["/bin/true"]', new: null }] };
    }
    if (command.command === 'abort' && command.id) {
      this.connections = this.connections.filter(({ id }) => id !== command.id);
      return { status: 0, messages: [`aborted connection ${command.id}`] };
    }
    return { status: 0, messages: [`${command.command}: done`] };
  }
}
