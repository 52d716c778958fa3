// What an operator may do: pause, resume, abort, reload. The daemon verifies the token; the page keeps it in this field only.

import { byId, make, say } from './dom.js';
import { ask } from './ask.js';
import { commandOf } from './choice.js';
import { count, of } from './format.js';

const mostSingle = 500;
const mostChanges = 200;

/** The calls of the page's buttons; null: this page only shows. */
export function startOperate() {
  if (!('operate' in document.documentElement.dataset)) return null;
  byId('operate-form').addEventListener('submit', (event) => event.preventDefault());
  byId('reload').addEventListener('click', reload);
  byId('dry-run').addEventListener('click', () => send({ command: 'reload', dry_run: true }));
  return { turn, abort, abortFound };
}

const turn = (service) => send({ command: service.state === 'paused' ? 'resume' : 'pause', service: service.name });

async function reload() {
  if (hasToken() && await confirmed('Reload the map?', 'The daemon reads its map again and applies what has changed.', 'Reload')) {
    await send({ command: 'reload' });
  }
}

async function abort(connection) {
  const text = `Connection ${connection.id} of ${connection.service} from ${connection.peer} ends at once; unsent data is lost.`;
  if (hasToken() && await confirmed('Abort this connection?', text, 'Abort')) await send({ command: 'abort', id: connection.id });
}

/** Aborts what the filter shows: by one command where the daemon has one for the choice, else one by one. */
async function abortFound(choice, ids) {
  if (!hasToken()) return;
  const command = commandOf(choice);
  const some = command ? ids : ids.slice(0, mostSingle);
  const rest = ids.length - some.length;
  const wanted = [choice.text && `text ${choice.text}`, choice.service && `service ${choice.service}`,
    choice.state && `state ${choice.state}`, choice.idle && `idle for ${choice.idle}`].filter(Boolean).join(', ');
  const text = `${of(some.length, 'connection')} (${wanted}) end at once; unsent data is lost.`
    + (command ? ' Those that have come since are aborted as well.' : rest ? ` ${count(rest)} more remain.` : '');
  if (!await confirmed(`Abort ${of(some.length, 'connection')}?`, text, 'Abort all')) return;
  if (command) return send(command);
  let failed = 0;
  for (const id of some) {
    const answer = await post({ command: 'abort', id });
    if (answer.httpStatus === 401 || answer.httpStatus === 403 || answer.httpStatus === 0) return show(answer);
    failed += answer.status === 0 ? 0 : 1;
  }
  show({ status: 0, messages: [`aborted ${of(some.length - failed, 'connection')}${failed ? `; ${failed} had ended` : ''}`] });
}

function hasToken() {
  if (byId('token').value) return true;
  show({ status: 1, messages: ['Type the token first: the daemon accepts commands of this page only with it.'] });
  byId('token').focus();
  return false;
}

async function send(command) {
  if (hasToken()) show(await post(command));
}

const post = (command) => ask('/operate', {
  method: 'POST',
  headers: { 'Authorization': `Bearer ${byId('token').value}`, 'Content-Type': 'application/json', 'Accept': 'application/json' },
  body: JSON.stringify(command),
});

/** Shows what the daemon has said, with the changes of a reload. */
function show(answer) {
  const isDone = answer.status === 0;
  const messages = answer.messages?.length ? answer.messages : [isDone ? (answer.changes ? '' : 'Done.') : 'The daemon has refused.'];
  const changes = answer.changes?.filter((change) => !change.is_implied);
  byId('operate-answer').replaceChildren(
    ...messages.filter(Boolean).map((message) => make('p', { class: isDone ? null : 'why' }, message)),
    changes ? make('p', {}, changes.length ? `${of(changes.length, 'change')}:` : 'No changes.') : '',
    changes?.length ? make('ul', { class: 'changes' }, ...changes.slice(0, mostChanges).map(changed)) : '',
    changes?.length > mostChanges ? make('p', { class: 'quiet' }, `and ${count(changes.length - mostChanges)} more`) : '');
  byId('operate').scrollIntoView({ block: 'nearest' });
}

function changed({ path, old: before, new: after }) {
  const sign = before === null || before === undefined ? '+' : after === null || after === undefined ? '-' : '~';
  const value = sign === '+' ? after : sign === '-' ? before : `${before} → ${after}`;
  return make('li', { class: `change-${{ '+': 'new', '-': 'gone', '~': 'other' }[sign]}` }, make('b', {}, sign),
    make('code', {}, `${path} = ${value}`));
}

function confirmed(title, text, yes) {
  const dialog = byId('confirm');
  say(byId('confirm-title'), title);
  say(byId('confirm-text'), text);
  say(byId('confirm-yes'), yes);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }));
}
