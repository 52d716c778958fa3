// Addresses and prefixes, such as 10.0.0.0/8 or 2001:db8::/32.

/** The bytes of an address; null: it is none. */
export function addressOf(text) {
  return text.includes(':') ? sixOf(text) : fourOf(text);
}

function fourOf(text) {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256) ? parts.map(Number) : null;
}

function sixOf(text) {
  const halves = text.split('%')[0].split('::');
  if (halves.length > 2) return null;
  const [before, after] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - before.length - (after?.length ?? 0);
  if (after ? missing < 1 : missing !== 0) return null;
  const groups = [...before, ...Array(after ? missing : 0).fill('0'), ...(after ?? [])];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]) : null;
}

/** Reads a prefix, or an address as one of full length; null: it is neither. */
export function prefixOf(text) {
  const [host, length, more] = text.split('/');
  const bytes = addressOf(host);
  if (!bytes || more !== undefined || (length !== undefined && !/^\d{1,3}$/.test(length))) return null;
  const bits = length === undefined ? bytes.length * 8 : Number(length);
  return bits <= bytes.length * 8 ? { bytes, bits, text } : null;
}

/** The address of a peer such as 192.0.2.1:40000 or [::1]:40000; null: it has none. */
export function hostOf(peer) {
  const six = /^\[([^\]]+)\]/.exec(peer);
  return addressOf(six ? six[1] : peer.replace(/:\d+$/, ''));
}

/** Whether an address is in a prefix. */
export function isIn(prefix, bytes) {
  if (!bytes || bytes.length !== prefix.bytes.length) return false;
  for (let bit = 0; bit < prefix.bits; bit += 8) {
    const mask = prefix.bits - bit >= 8 ? 255 : (255 << (8 - (prefix.bits - bit))) & 255;
    if ((bytes[bit / 8] & mask) !== (prefix.bytes[bit / 8] & mask)) return false;
  }
  return true;
}
