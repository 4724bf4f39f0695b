/**
 * What the page knows: messages from the server, folded into one immutable state once per animation frame.
 *
 * Everything that arrives is written by strangers: texts are cut, shapes are completed, unknown things are ignored.
 */

import { timed } from './captions.js';

/** What Events can show; so many rows fit where only those in sight are drawn. */
export const KEPT_EVENTS = 10_000;
/** Of these a page that has just connected may be told again. */
const TOLD_AGAIN = 200;
const KEPT_LINES = 10;
const KEPT_TOASTS = 3;
const KEPT_ALERTS = 20;
export const KEPT_ENTRIES = 200;
const SILENCES = ['panic', 'mute'];
const LONGEST_TEXT = 500;
const LONGEST_WAIT_MS = 500;

/** The server's answer before the first Start; completes every status that arrives. */
export const NO_STATUS = {
  running: false,
  state: 'stopped',
  error: null,
  demo: false,
  connected: {},
  live: { state: 'stopped', code: '', params: {}, remedy: '' },
  links: {},
  viewers: null,
  counters: { events: {}, duplicates: 0, answered: 0, spoken: 0, skipped: {}, gifts: { streaks: 0, diamonds: 0 } },
  latency: { question_to_speech: { p50: null, p95: null }, gift_to_speech: { p50: null, p95: null } },
  cost: { requests: 0, input_tokens: 0, output_tokens: 0, estimated: false, money: 0, cap_reached: false },
  likes: 0,
  queue: 0,
  floor: 'nobody',
  speaking: null,
  microphone: { mode: 'listen', engine: '', bar_dbfs: null },
  talking: false,
  silenced: null,
};

/** A microphone that hears nothing. */
export const QUIET = { rms_dbfs: -120, peak_dbfs: -120, talking: false };

/**
 * connection: connecting | up | lost | quit; caption: what is being said now; lines, events: newest first.
 * alerts: red flags that nobody has dismissed, oldest first; audit: what was not said, newest first.
 * `greeting`: the server's first status and events after connecting are still to come; they repeat what it knows.
 */
export const EMPTY = {
  connection: 'connecting',
  status: null,
  caption: null,
  lines: [],
  events: [],
  toasts: [],
  alerts: [],
  audit: [],
  greeting: { status: false, events: false },
  ids: 0,
};

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `value` in the shape of `shape`: what is missing or of another kind is taken from there. */
function complete(shape, value) {
  if (!isObject(shape)) return shape !== null && typeof value !== typeof shape ? shape : (value ?? shape);
  if (!isObject(value)) return shape;
  const known = Object.keys(shape).map((key) => [key, complete(shape[key], value[key])]);
  return { ...value, ...Object.fromEntries(known) };
}

const text = (value) => (value === null || value === undefined ? '' : String(value).slice(0, LONGEST_TEXT));
const number = (value) => (Number.isFinite(value) ? value : 0);
const decibels = (value) => (Number.isFinite(value) ? Math.min(0, value) : QUIET.rms_dbfs);

function readEvent(raw, id) {
  return {
    id,
    key: text(raw.key),
    kind: text(raw.kind),
    who: text(raw.nickname) || text(raw.username),
    username: text(raw.username),
    text: text(raw.text),
    count: number(raw.count),
    diamonds: number(raw.diamonds),
    at: number(raw.at),
  };
}

/** How loud the microphone is, from whatever arrived as a level. */
export function readLevel(raw) {
  const { rms_dbfs: rms, peak_dbfs: peak, talking } = isObject(raw) ? raw : QUIET;
  return { rms_dbfs: decibels(rms), peak_dbfs: decibels(peak), talking: talking === true };
}

/** Equal for one event that is told again after a reconnect. */
const sameness = (event) => JSON.stringify({ ...event, id: 0 });

function readCaption(raw, id) {
  const words = text(raw.text);
  const pieces = timed(words, raw.words);
  return { id, kind: text(raw.kind), text: words, pieces, seconds: number(raw.seconds), at: number(raw.at) };
}

function readAlert(raw, id) {
  return {
    id,
    kind: text(raw.kind),
    who: text(raw.nickname) || text(raw.username),
    username: text(raw.username),
    text: text(raw.text),
    at: number(raw.at),
  };
}

/** `id` is the server's, by which an entry that is told twice is known. */
function readEntry(raw) {
  const words = ['id', 'action', 'rule', 'reason', 'text', 'said', 'kind', 'username'];
  return { ...Object.fromEntries(words.map((name) => [name, text(raw[name])])), at: number(raw.at) };
}

function withoutRepeats(entries) {
  const known = new Set();
  return entries.filter(({ id }) => id === '' || !(known.has(id) || !known.add(id)));
}

const steps = {
  connection(state, connection) {
    // a page that was told "quit" keeps saying so until PalFriend is back
    if (state.connection === 'quit' && connection === 'lost') return state;
    const up = connection === 'up';
    const next = { ...state, connection, caption: up ? state.caption : null, greeting: { status: up, events: up } };
    return up && state.connection === 'lost' ? steps.toast(next, { key: 'ui.back', kind: 'good' }) : next;
  },
  status(state, raw) {
    const whole = complete(NO_STATUS, raw);
    const silenced = SILENCES.includes(whole.silenced) ? whole.silenced : null;
    const status = { ...whole, error: text(whole.error), speaking: text(whole.speaking), silenced };
    const midway = state.greeting.status && status.speaking !== '';
    const caption = midway ? readCaption({ text: status.speaking }, state.ids) : state.caption;
    return {
      ...state,
      status,
      caption: status.running ? caption : null,
      greeting: { ...state.greeting, status: false },
      ids: state.ids + 1,
    };
  },
  events(state, raw) {
    const rows = (Array.isArray(raw) ? raw : [raw]).filter(isObject).filter(({ kind }) => kind !== 'viewers').slice(-KEPT_EVENTS);
    const read = rows.map((row, index) => readEvent(row, state.ids + index)).reverse();
    const known = new Set(state.greeting.events ? state.events.slice(0, TOLD_AGAIN).map(sameness) : []);
    const fresh = read.filter((event) => !known.has(sameness(event)));
    return {
      ...state,
      events: [...fresh, ...state.events].slice(0, KEPT_EVENTS),
      greeting: { ...state.greeting, events: false },
      ids: state.ids + rows.length,
    };
  },
  caption(state, raw) {
    if (!isObject(raw)) return state;
    const caption = readCaption(raw, state.ids);
    return { ...state, ids: state.ids + 1, caption, lines: [caption, ...state.lines].slice(0, KEPT_LINES + 1) };
  },
  caption_end: (state) => ({ ...state, caption: null }),
  toast(state, toast) {
    // what was said before is said again, not twice
    const words = ({ key, params }) => JSON.stringify([key, params]);
    const others = state.toasts.filter((other) => words(other) !== words(toast));
    const toasts = [...others, { ...toast, id: state.ids }].slice(-KEPT_TOASTS);
    return { ...state, ids: state.ids + 1, toasts };
  },
  alert(state, raw) {
    if (!isObject(raw)) return state;
    const alerts = [...state.alerts, readAlert(raw, state.ids)].slice(-KEPT_ALERTS);
    return { ...state, ids: state.ids + 1, alerts };
  },
  /** Whoever asked to be forgotten is on no open page either. */
  forgotten(state, raw) {
    const names = new Set(isObject(raw) && Array.isArray(raw.usernames) ? raw.usernames : []);
    const others = (rows) => rows.filter(({ username }) => !names.has(username));
    return { ...state, events: others(state.events), alerts: others(state.alerts), audit: others(state.audit) };
  },
  alert_seen: (state, id) => ({ ...state, alerts: state.alerts.filter((alert) => alert.id !== id) }),
  /** One entry that has just been written, or the whole list. */
  audit(state, raw) {
    const rows = (Array.isArray(raw) ? raw : [raw]).filter(isObject).map(readEntry);
    // what was told while the list was on its way is newer than its first
    const before = Array.isArray(raw) ? state.audit.filter(({ at }) => at > rows[0]?.at) : [];
    const entries = Array.isArray(raw) ? [...before, ...rows] : [...rows, ...state.audit];
    return { ...state, audit: withoutRepeats(entries).slice(0, KEPT_ENTRIES) };
  },
  dismiss: (state, id) => ({ ...state, toasts: state.toasts.filter((toast) => toast.id !== id) }),
};

/** The state after these `[name, payload]` messages. */
export function fold(state, news) {
  return news.reduce((now, [name, payload]) => steps[name](now, payload), state);
}

/** Run `work` with the next frame; a hidden page gets no frames, so a timer catches up there. */
export function nextFrame(work) {
  const run = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    work();
  };
  const frame = requestAnimationFrame(run);
  const timer = setTimeout(run, LONGEST_WAIT_MS);
}

/** What moves many times a second: readers are called at once, and are to move a needle, not to render. */
function createLevel() {
  let level = QUIET;
  const readers = new Set();
  return {
    get: () => level,
    subscribe(reader) {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    tell(next) {
      level = next;
      readers.forEach((reader) => reader(level));
    },
  };
}

/** `tell(name, payload)` from anywhere; readers see the folded state at most once per frame. `level` is beside it. */
export function createStore(schedule = nextFrame) {
  let state = EMPTY;
  let waiting = [];
  const readers = new Set();
  const level = createLevel();

  function flush() {
    state = fold(state, waiting);
    waiting = [];
    if (!state.status?.running && level.get() !== QUIET) level.tell(QUIET);
    readers.forEach((reader) => reader());
  }

  return {
    get: () => state,
    level,
    subscribe(reader) {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    tell(name, payload) {
      if (name === 'level') level.tell(readLevel(payload));
      else if (waiting.push([name, payload]) === 1) schedule(flush);
    },
  };
}
