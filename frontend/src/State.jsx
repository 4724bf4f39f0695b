import { useEffect } from 'react';

import { Controls } from './Controls.jsx';
import { useWords } from './i18n.js';
import { link, reason, remedy, trouble } from './links.js';
import { useStore } from './useStore.js';

const STATES = ['stopped', 'starting', 'waiting', 'live', 'error'];
const MOMENTS = { live: 'paused', waiting: 'ended' };

/** What the big word is: the bot's state, or that we do not know it. */
function shownState(connection, status) {
  if (connection !== 'up' || status === null) return connection === 'quit' ? 'closed' : 'unknown';
  if (status.demo && status.state === 'live') return 'demo'; // nothing here pretends to be TikTok
  if (MOMENTS[status.state] === status.live.state) return status.live.state;
  return STATES.includes(status.state) ? status.state : 'unknown';
}

/** Why, and what to do; then what is in trouble besides. */
function explain(t, state, status) {
  const hint = t(`ui.state.${state}.hint`);
  if (['stopped', 'unknown', 'closed'].includes(state)) return { hint };
  const problem = trouble(t, status);
  const why = reason(t, link(status, 'tiktok'));
  const cure = remedy(t, status);
  if (state === 'error') return { hint: cure || hint, problem };
  return { hint: [why || hint, cure].filter(Boolean).join(' '), problem };
}

/** The one thing to see from the other end of the room. */
export function State({ store }) {
  const { t } = useWords();
  const connection = useStore(store, (state) => state.connection);
  const status = useStore(store, (state) => state.status);
  const state = shownState(connection, status);
  const { hint, problem } = explain(t, state, status);
  const word = t(`ui.state.${state}.word`);
  useEffect(() => {
    document.title = `${word} · PalFriend`;
  }, [word]);
  return (
    <section className={`state is-${state}`} aria-labelledby="state-word">
      <div role="status">
        <h2 id="state-word">
          <span className="unseen">{t('ui.state.label')}: </span>
          {word}
        </h2>
        {problem && <p className="trouble">{problem}</p>}
        <p>{hint}</p>
      </div>
      <Controls store={store} />
    </section>
  );
}
