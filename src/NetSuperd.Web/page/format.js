// Figures as a person reads them. Sizes are in the units of the map: KiB, MiB.

// What Intl does the same with takes a browser longer to load than the rest of the page.
const whole = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
const twoDigits = (value) => String(value).padStart(2, '0');
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export const none = '–';

export const count = (value) => (Number.isFinite(value) ? whole(value) : none);

/** The sum of counts by word. */
export const sumOf = (words) => Object.values(words ?? {}).reduce((sum, value) => sum + value, 0);

/** How often in a second. */
export function rate(value) {
  if (!Number.isFinite(value)) return none;
  return value < 0.05 ? '0' : value < 9.95 ? value.toFixed(1) : whole(value);
}

export function bytes(value) {
  if (!Number.isFinite(value)) return none;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 || value >= 99.5 ? whole(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A length of time, given in seconds. */
export function span(seconds) {
  if (!Number.isFinite(seconds)) return none;
  const s = Math.max(0, seconds);
  if (s < 0.001) return s === 0 ? '0 s' : `${Math.round(s * 1e6)} µs`;
  if (s < 1) return `${s < 0.01 ? (s * 1e3).toFixed(1) : Math.round(s * 1e3)} ms`;
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.floor(s)} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(s % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago a time is, in words that do not change each second. */
export function since(at) {
  const seconds = (Date.now() - Date.parse(at)) / 1000;
  return seconds < 60 ? 'under a minute' : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : span(seconds);
}

export function clock(at) {
  if (!at) return none;
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':');
}

/** A number with its noun: 1 service, 2 services. */
export const of = (number, noun) => `${whole(number)} ${noun}${number === 1 ? '' : 's'}`;
