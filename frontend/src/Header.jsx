import { useColorScheme } from '@mui/material/styles';
import { useEffect } from 'react';

import { Alerts } from './Alerts.jsx';
import { LANGUAGES, useWords } from './i18n.js';
import { lampLabel, lamps, link, reason } from './links.js';
import { Notices } from './Notices.jsx';
import { Panic } from './Panic.jsx';
import { href } from './routes.js';
import { shownState } from './state.js';
import { useStore } from './useStore.js';

const THEMES = ['system', 'light', 'dark'];

function Choice({ label, value, options, onChange }) {
  return (
    <label className="choice">
      <span className="unseen">{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** How the page speaks and looks. */
function Choices({ language, onLanguage }) {
  const { t } = useWords();
  const { mode, setMode } = useColorScheme();
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const themes = THEMES.map((name) => [name, t(`ui.theme.${name}`)]);
  return (
    <div className="choices">
      <Choice label={t('ui.language')} value={language} options={Object.entries(LANGUAGES)} onChange={onLanguage} />
      <Choice label={t('ui.theme.label')} value={mode ?? 'system'} options={themes} onChange={setMode} />
    </div>
  );
}

/** One connection as a dot; its shape says the same as its colour, and its name and state are there to be read out. */
function Dot({ name, status, reachable }) {
  const { t } = useWords();
  const now = reachable ? link(status, name) : { state: 'unknown', code: '', params: {}, text: '' };
  const label = t(`ui.lamp.${name}`, {}, name);
  const words = t(lampLabel(name, now.state, status.demo));
  return (
    <li className={`dot is-${now.state}`} title={[`${label}: ${words}`, reason(t, now)].filter(Boolean).join('\n')}>
      <span className="dot-name">{label}</span>
      <span className="unseen">: {words}</span>
    </li>
  );
}

/** How it stands, in one line: the state and the connections; both lead to where they are explained. */
function Standing({ store }) {
  const { t } = useWords();
  const state = useStore(store, shownState);
  const status = useStore(store, (now) => now.status);
  const reachable = useStore(store, (now) => now.connection === 'up');
  const word = t(`ui.state.${state}.word`);
  useEffect(() => {
    document.title = `${word} · PalFriend`;
  }, [word]);
  return (
    <a className="standing" href={href('dashboard')}>
      <span className={`chip is-${state}`}>{word}</span>
      {status !== null && (
        <ul className="dots" aria-label={t('ui.lamps')}>
          {lamps(status).map((name) => (
            <Dot key={name} name={name} status={status} reachable={reachable} />
          ))}
        </ul>
      )}
    </a>
  );
}

/** What is always in sight: the way to silence the pal, how it stands, and what the streamer must not miss. */
export function Header({ store, language, onLanguage }) {
  return (
    <header className="bar">
      <div className="bar-row">
        <Panic store={store} />
        <Standing store={store} />
        <Choices language={language} onLanguage={onLanguage} />
      </div>
      <Notices store={store} />
      <Alerts store={store} />
    </header>
  );
}
