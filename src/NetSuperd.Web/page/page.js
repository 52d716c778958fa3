// Brings the status page to life: what the web process sends goes to the parts of the page, each of which is a module of its own.

import { byId, put } from './dom.js';
import { Feed } from './feed.js';
import { Rates } from './rates.js';
import { Connections } from './connections.js';
import { Timeline } from './timeline.js';
import { showAway, showPresent } from './away.js';
import { addEvents, showEvents } from './events.js';
import { offerSockets, startExplain } from './explain.js';
import { showHeadline } from './headline.js';
import { startKeys } from './keys.js';
import { noteApplied, startMap } from './map.js';
import { startOperate } from './operate.js';
import { showServices } from './services.js';
import { showSockets } from './sockets.js';

const feed = new Feed();
const rates = new Rates();
const operate = startOperate();
const timeline = new Timeline();
const connections = new Connections(operate);
let status = null;
let isNewStream = true;

startKeys();
startExplain();
startMap();
put(document.documentElement, 'data-alive', true);

function showStatus({ at, daemon }) {
  status = daemon;
  showPresent(at);
  showHeadline(at, daemon, rates);
  showServices(daemon, rates, operate);
  showSockets(daemon);
  offerSockets(daemon);
  noteApplied(daemon.applied);
}

feed.on('status', (event) => {
  rates.note(event.at, event.daemon);
  showStatus(event);
});
feed.on('history', (history) => {
  isNewStream = true;
  timeline.begin(history);
});
feed.on('sample', (sample) => timeline.add(sample));
feed.on('mark', (mark) => timeline.mark(mark));
feed.on('connections', (data) => connections.show(data.connections ?? []));
feed.on('log', (data) => {
  addEvents(data, isNewStream);
  isNewStream = false;
});
feed.on('down', ({ at, reason }) => {
  rates.clear();
  showAway('The daemon', at, reason);
});
feed.on('lost', () => {
  rates.clear();
  showAway('The web process', new Date().toISOString(), 'is netsuperd web still running? The page tries again.');
});

byId('services-filter').addEventListener('input', () => status && showServices(status, rates, operate));
byId('sockets-filter').addEventListener('input', () => status && showSockets(status));
byId('events-kind').addEventListener('change', showEvents);

// The list of connections costs the daemon more than all the rest: it is asked for when someone looks at it.
new IntersectionObserver((seen) => seen.some((part) => part.isIntersecting) && feed.wantConnections())
  .observe(byId('connections'));

feed.start();

// The state that has come with the page is shown until the stream brings the next one.
const state = byId('state').textContent;
if (state) showStatus(JSON.parse(state));
