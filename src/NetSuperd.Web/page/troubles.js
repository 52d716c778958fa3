// What a person on call has to know of a status, the worst first.

const bad = { shape: 'bad', tone: 'bad' };
const warn = { shape: 'turning', tone: 'warn' };

export function troublesOf(status) {
  const services = status.services ?? [];
  const sockets = status.sockets ?? [];
  const failed = new Map(services.filter(({ state }) => state === 'failed').map((service) => [service.name, service.reason]));
  return [
    ...services.filter(({ state }) => state === 'failed').map((service) => ofService(service, bad, service.reason ?? 'it has failed')),
    ...sockets.filter(({ state, service, reason }) => state === 'failed' && failed.get(service) !== reason)
      .map((socket) => ofSocket(socket, bad, socket.reason ?? 'it is not bound')),
    ...services.filter(({ state }) => state === 'ended').map((service) =>
      ofService(service, bad, `its server has ended${service.server?.last_end ? ` (${service.server.last_end})` : ''}`)),
    ...services.filter(({ state }) => state === 'restarting').map((service) =>
      ofService(service, warn, `its server is being started again${service.server?.last_end ? ` (${service.server.last_end})` : ''}`)),
    ...sockets.filter(({ state, reason }) => state !== 'failed' && reason).map((socket) => ofSocket(socket, warn, socket.reason)),
    ...[status.max_connections, status.max_per_network].filter(isFull).map((limit) =>
      ({ ...warn, key: `limit ${limit.limit}`, subject: 'daemon', text: usedUp(limit) })),
    ...services.flatMap((service) => (service.limits ?? []).filter(isFull).map((limit) =>
      ({ ...warn, key: `limit ${service.name} ${limit.limit}`, subject: service.name, text: usedUp(limit) }))),
    ...services.filter(({ state }) => state === 'paused' || state === 'stopped').map((service) =>
      ({ ...ofService(service, { shape: service.state, tone: 'warn' }, `${service.state} by an operator`) })),
    ...(status.lingering ?? []).map((process) => ({
      shape: 'resting', tone: 'quiet', key: `process ${process.pid}`, subject: `process ${process.pid}`,
      text: process.connections == null ? 'was replaced by a restart and does not answer'
        : `was replaced by a restart and still serves ${process.connections}`,
    })),
  ];
}

const usedUp = ({ limit, most }) =>
  (/_per_/.test(limit) ? `the busiest source has used up ${limit} (${most})` : `${limit} is used up (${most})`);

const isFull = (limit) => limit && limit.used >= limit.most;

const ofService = (service, look, text) =>
  ({ ...look, key: `service ${service.name}`, subject: service.name, text, since: service.since });

const ofSocket = (socket, look, text) => ({
  ...look, key: `socket ${socket.transport} ${socket.socket}`, subject: `${socket.socket} (${socket.service})`, text, since: socket.since,
});
