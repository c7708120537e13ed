// Asks the server: documents, streams, actions.
export const session = { token: null, read_only: true, environment: '', invocation: 'maestro' };

export class Refused extends Error {
  constructor(status, document) {
    super(text(document) || `the server answered ${status}`);
    this.status = status;
    this.document = document;
  }
}

// The sentence of a refusal: a document of a command has problems, the server an error.
function text(document) {
  if (!document) return '';
  if (typeof document.error === 'string') return document.error;
  const problems = document.problems || [];
  return problems.map(problemText).join('\n');
}
// What preflight found, in one sentence after the other.
const begun = text => text.charAt(0).toUpperCase() + text.slice(1);
export const findingText = one => [one.what, one.why, one.next].filter(Boolean).map((text, at) => at ? begun(text) : text).join('. ');

export function problemText(one) {
  const place = one.place ? ` (${one.place.file}:${one.place.line})` : '';
  const more = [...(one.notes || []), ...(one.help || [])].map(text => text.text || text);
  // Helps begin in small letters, as a terminal shows them.
  return [(one.message || '') + place, ...more.map(begun)].join('. ');
}

async function answer(response) {
  const document = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, document);
  return document;
}

const pause = milliseconds => new Promise(resolve => { setTimeout(resolve, milliseconds); });

// Asks again if the connection broke: asking changes nothing.
export async function get(path, tries = 4) {
  try {
    return await answer(await fetch('/api/' + path, { headers: { accept: 'application/json' } }));
  } catch (error) {
    if (!(error instanceof TypeError) || tries === 1) throw error;
    await pause(500);
    return get(path, tries - 1);
  }
}

export const post = async (path, body) => answer(await fetch('/api/' + path, {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-maestro-token': session.token || '' },
  body: JSON.stringify(body || {}),
}));

export async function begin() {
  Object.assign(session, await get('session'));
}

// Follows a stream. `on` has a function for each event's name; `open` and `lost` tell about the connection.
export function follow(path, on, open, lost) {
  const source = new EventSource('/api/follow/' + path);
  for (const [name, take] of Object.entries(on)) {
    source.addEventListener(name, event => take(JSON.parse(event.data)));
  }
  if (open) source.addEventListener('open', open);
  source.addEventListener('error', () => lost && lost(source.readyState === EventSource.CLOSED));
  return source;
}
