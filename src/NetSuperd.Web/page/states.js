// Each state has a shape and a tone, so that it is read without colour; StatusPage.cs has the same table.

const shapes = {
  serving: 'good', listening: 'good',
  paused: 'paused', stopped: 'stopped', failed: 'bad', disabled: 'off', ended: 'bad',
  starting: 'turning', restarting: 'turning', ending: 'turning', resting: 'resting',
};
const tones = { good: 'good', bad: 'bad', paused: 'warn', stopped: 'warn', turning: 'warn', off: 'quiet', resting: 'good' };

export const shapeOf = (state) => shapes[state] ?? 'open';
export const toneOf = (state) => tones[shapeOf(state)] ?? 'quiet';
