/** The big word: how PalFriend is doing, in one word, with why and what to do. */

import { link, reason, remedy, trouble } from './links.js';

const STATES = ['stopped', 'starting', 'waiting', 'live', 'error'];
const MOMENTS = { live: 'paused', waiting: 'ended' };

/** What the big word is: the bot's state, or that we do not know it. */
export function shownState({ connection, status }) {
  if (connection !== 'up' || status === null) return connection === 'quit' ? 'closed' : 'unknown';
  if (status.demo && status.state === 'live') return 'demo'; // nothing here pretends to be TikTok
  if (MOMENTS[status.state] === status.live.state) return status.live.state;
  return STATES.includes(status.state) ? status.state : 'unknown';
}

/** Why, and what to do; then what is in trouble besides. */
export function explain(t, state, status) {
  const hint = t(`ui.state.${state}.hint`);
  if (['stopped', 'unknown', 'closed'].includes(state)) return { hint };
  const problem = trouble(t, status);
  const why = reason(t, link(status, 'tiktok'));
  const cure = remedy(t, status);
  if (state === 'error') return { hint: cure || hint, problem };
  return { hint: [why || hint, cure].filter(Boolean).join(' '), problem };
}
