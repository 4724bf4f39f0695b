/** What the state of a connection means to the streamer. */

export const LAMPS = ['tiktok', 'animaze', 'openai', 'microphone'];
const OUTSIDE = ['tiktok', 'animaze', 'openai'];
const STATES = ['off', 'connecting', 'waiting', 'up', 'error'];

const params = (raw) => (Array.isArray(raw) ? Object.fromEntries(raw) : (raw ?? {}));

/** `{ state, code, params, text }` of one connection; `state` is always one that has a label. */
export function link(status, name) {
  const { state, code = '', params: raw, text = '' } = status.links[name] ?? {};
  const known = STATES.includes(state) ? state : status.connected[name] ? 'up' : 'off';
  return { state: known, code: String(code), params: params(raw), text: String(text) };
}

/** The reason in the page's language; the server's own words where that has none; empty when nothing needs saying. */
export function reason(t, { code, params: filled, text }) {
  return code ? t(`reason.${code}`, filled, text || code) : text;
}

/** What the streamer can do about the state of the live; empty when nothing is to be said. */
export function remedy(t, { live }) {
  const words = typeof live.remedy === 'string' ? live.remedy : '';
  return live.code ? t(`remedy.${live.code}`, params(live.params), words) : words;
}

/** The most important problem in the page's language; what ended the bot has the server's words. */
export function trouble(t, status) {
  const broken = lamps(status).map((name) => link(status, name)).find(({ state }) => state === 'error');
  return (broken && reason(t, broken)) || status.error;
}

/** In the demo nothing outside is really connected, and the lamp says so. */
export function lampLabel(name, state, demo) {
  return demo && state === 'up' && OUTSIDE.includes(name) ? 'ui.link.simulated' : `ui.link.${state}`;
}

/** The four lamps, and whatever else is in trouble. */
export function lamps(status) {
  const others = Object.keys(status.links).filter((name) => !LAMPS.includes(name));
  return [...LAMPS, ...others.filter((name) => link(status, name).state === 'error')];
}
