// What the state of an instance means: one word of a few, in the same order everywhere.
export const ORDER = ['bad', 'unknown', 'blocked', 'diff', 'absent', 'stopped', 'busy', 'up', 'ready', 'orphan'];
export const WORD = {
  bad: 'failed', unknown: 'unknown', blocked: 'blocked', diff: 'differs', absent: 'not created', stopped: 'stopped',
  busy: 'starting', up: 'up', ready: 'ready', orphan: 'orphan',
};
export const words = (state, number) => state === 'diff' && number !== 1 ? 'differ' : WORD[state];
export const rank = state => ORDER.indexOf(state);

export function stateOf(one) {
  const container = one.container || {};
  switch (one.state) {
    case 'up':
      if (one.ready === false) return container.health === 'starting' ? 'busy' : 'bad';
      if (container.differs) return 'diff';
      return one.ready === true ? 'ready' : 'up';
    case 'absent': return 'absent';
    case 'created': return container.start_error ? 'bad' : 'stopped';
    case 'restarting': case 'dead': return 'bad';
    case 'removing': return 'busy';
    case 'paused': return 'stopped';
    case 'down': return one.ready === true || one.stopped_on_purpose || exitOf(container) === 0 ? (one.ready ? 'ready' : 'stopped') : 'bad';
    case 'unmanaged': return 'blocked';
    case 'on-old-ship': return 'diff';
    default: return 'unknown';
  }
}
// The list of containers has the exit code in a text alone.
function exitOf(container) {
  const told = /^Exited \((\d+)\)/.exec(container.status || '');
  return container.exit_code ?? (told ? Number(told[1]) : null);
}
export const isReady = state => state === 'ready' || state === 'up' || state === 'diff';

// Whether `apply` would create, start, replace or move it.
export function isChanged(one) {
  const differs = Boolean(one.container && one.container.differs);
  switch (one.state) {
    case 'absent': case 'created': case 'dead': case 'on-old-ship': return true;
    case 'down': return one.ready !== true || differs;
    case 'up': case 'paused': case 'restarting': return differs;
    default: return false;
  }
}

// What is wrong, in a few words, and the reason behind it.
export function sentence(one) {
  const container = one.container || {}, state = stateOf(one);
  const exit = container.out_of_memory ? `exit ${container.exit_code}: out of memory`
    : container.exit_code !== null && container.exit_code !== undefined ? `exit ${container.exit_code}` : '';
  switch (one.state) {
    case 'up':
      if (state === 'bad') return ['Not ready.', one.reason || ''];
      if (state === 'busy') return ['Starting.', one.reason || container.status];
      if (state === 'diff') return ['Ready, differs from the file:', (container.differing || []).join(', ') || 'see the plan'];
      return [state === 'up' ? 'Up; no check tells more.' : 'Ready.', container.status || ''];
    case 'absent': return ['Declared, not created.', ''];
    case 'created': return ['Created, not started.', container.start_error || ''];
    case 'restarting': return [`Restarting${container.restarts ? `, ${container.restarts} times` : ''}.`, one.reason || exit];
    case 'dead': return ['Dead.', container.status || ''];
    case 'removing': return ['Being removed.', ''];
    case 'paused': return ['Paused.', container.status || ''];
    case 'down': return [state === 'ready' ? 'Done.' : one.stopped_on_purpose ? 'Stopped on purpose:' : 'Down:', container.start_error || [container.out_of_memory && 'out of memory', status(container.status)].filter(Boolean).join(', ')];
    case 'unmanaged': return ['Blocked:', 'a container of this name is not managed by Maestro'];
    case 'on-old-ship': return ['On its old ship:', `${one.old_ship}, ${one.container_state}`];
    default: return ['Unknown:', one.state === 'not-asked' ? 'its ship has not answered yet' : 'its ship does not answer'];
  }
}
// The engine's words, shorter: `Exited (137) 5 seconds ago` is `exit 137, 5 seconds ago`.
const status = text => (text || '').replace(/^Exited \((\d+)\) ?/, 'exit $1, ').replace('Less than a second ago', 'just now');

// The same for a row.
export function note(one) {
  const state = stateOf(one), [head, tail] = sentence(one);
  if (state === 'ready' || state === 'up') return one.container ? one.container.image : '';
  if (state === 'diff' && one.state === 'up') return 'differs: ' + tail;
  const text = head.replace(/[.:]$/, '').toLowerCase();
  return tail && state === 'bad' ? `${text}: ${tail.replace(/, [^,]* ago$|, just now$/, '')}` : text;
}
