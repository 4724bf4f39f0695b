import { Controls } from './Controls.jsx';
import { useWords } from './i18n.js';
import { explain, shownState } from './state.js';
import { useStore } from './useStore.js';

/** The one thing to see from the other end of the room. */
export function State({ store }) {
  const { t } = useWords();
  const state = useStore(store, shownState);
  const status = useStore(store, (now) => now.status);
  const { hint, problem } = explain(t, state, status);
  return (
    <section className={`card state is-${state}`} aria-labelledby="state-word">
      <div role="status">
        <h2 id="state-word">
          <span className="unseen">{t('ui.state.label')}: </span>
          {t(`ui.state.${state}.word`)}
        </h2>
        {problem && <p className="trouble">{problem}</p>}
        <p>{hint}</p>
      </div>
      <Controls store={store} />
    </section>
  );
}
