import { useWords } from './i18n.js';
import { lampLabel, lamps, link, reason } from './links.js';
import { useStore } from './useStore.js';

const UNKNOWN = { state: 'unknown', code: '', params: {}, text: '' };

function Lamp({ name, status, reachable }) {
  const { t } = useWords();
  const now = reachable ? link(status, name) : UNKNOWN;
  const why = reason(t, now);
  return (
    <li className={`lamp is-${now.state}`}>
      <h3>{t(`ui.lamp.${name}`, {}, name)}</h3>
      <p className="lamp-state">{t(lampLabel(name, now.state, status.demo))}</p>
      {why && <p className="why">{why}</p>}
    </li>
  );
}

/** The connections: colour, shape and word say the same. */
export function Lamps({ store }) {
  const { t } = useWords();
  const status = useStore(store, (state) => state.status);
  const reachable = useStore(store, (state) => state.connection === 'up');
  if (status === null) return null;
  return (
    <section aria-labelledby="lamps-title">
      <h2 id="lamps-title" className="unseen">
        {t('ui.lamps')}
      </h2>
      <ul className="lamps">
        {lamps(status).map((name) => (
          <Lamp key={name} name={name} status={status} reachable={reachable} />
        ))}
      </ul>
    </section>
  );
}
