// A web process of its own for the page: the same paths, with the World instead of a daemon.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../src/NetSuperd.Web/page/', import.meta.url));
const types = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml', html: 'text/html; charset=utf-8' };
export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
  + "base-uri 'none'; frame-ancestors 'none'";
export const token = 'let-me-in';

/** Starts it on a free port; `operates` as with --operate, and a `silent` one has no stream. */
export async function startMock(world, { operates = true, port = 0, pace = 1000, html = null, silent = false } = {}) {
  const streams = new Set();
  const send = (stream, kind, data) => stream.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  const now = () => new Date().toISOString();
  let turn = 0;

  const timer = setInterval(() => {
    turn++;
    world.step();
    for (const stream of streams) {
      if (world.isAway) {
        send(stream, 'down', { at: now(), reason: 'no daemon answers at /run/netsuperd/status.sock: connection refused' });
        continue;
      }
      send(stream, 'status', { at: now(), daemon: world.status });
      if (turn % 2 === 0 && stream.wantsConnections) send(stream, 'connections', { at: now(), connections: world.connections });
      if (turn % 5 === 0) send(stream, 'sample', world.sample());
      if (world.event) send(stream, 'log', { events: [world.event], lost: 0 });
    }
  }, pace);

  function stream(request, response, url) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Content-Security-Policy': policy });
    response.wantsConnections = url.searchParams.get('connections') === '1';
    send(response, 'history', world.history);
    if (!world.isAway) send(response, 'status', { at: now(), daemon: world.status });
    send(response, 'log', { events: world.log, lost: 0 });
    if (response.wantsConnections) send(response, 'connections', { at: now(), connections: world.connections });
    streams.add(response);
    request.on('close', () => streams.delete(response));
  }

  async function operate(request, response) {
    let text = '';
    for await (const part of request) text += part;
    if (!operates) return json(response, 403, { messages: ['this page only shows'] });
    if (request.headers.authorization !== `Bearer ${token}`) return json(response, 401, { messages: ['the token is wrong'] });
    json(response, 200, world.operate(JSON.parse(text)));
  }

  const json = (response, status, data) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(data));
  };

  async function file(response, name) {
    try {
      let text = name === 'page.html' && html ? html(world) : await readFile(folder + name, 'utf8');
      if (name === 'page.html') {
        const slots = { operates: operates ? ' data-operate' : '', 'operate-hidden': operates ? '' : ' hidden', 'away-hidden': ' hidden',
          state: JSON.stringify({ at: now(), daemon: world.status }).replaceAll('<', '\\u003c') };
        text = text.replace(/\{\{([a-z-]+)\}\}/g, (_, slot) => slots[slot] ?? '');
      }
      response.writeHead(200, { 'Content-Type': types[name.split('.').pop()] ?? 'text/plain', 'Content-Security-Policy': policy });
      response.end(text);
    } catch {
      response.writeHead(404).end();
    }
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/events') return silent ? null : stream(request, response, url);
    if (url.pathname === '/map') return json(response, 200, world.map);
    const asked = url.searchParams;
    if (url.pathname === '/explain') return json(response, 200, world.explain(asked.get('peer'), asked.get('socket')));
    if (url.pathname === '/operate') return operate(request, response);
    return file(response, url.pathname === '/' ? 'page.html' : url.pathname.replace(/[^\w.-]/g, ''));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut: () => streams.forEach((stream) => stream.destroy()),
    stop: () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}
