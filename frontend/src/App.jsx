import { useState } from 'react';

import { Audit } from './Audit.jsx';
import { Captions } from './Captions.jsx';
import { Dock } from './Dock.jsx';
import { Events } from './Events.jsx';
import { Header } from './Header.jsx';
import { firstLanguage, Language } from './i18n.js';
import { Lamps } from './Lamps.jsx';
import { Notices, Toasts } from './Notices.jsx';
import { Numbers } from './Numbers.jsx';
import { recall, remember } from './remember.js';
import { SettingsForm } from './SettingsForm.jsx';
import { State } from './State.jsx';

/** A choice that is remembered: `[value, choose]`. */
function useChoice(name, first) {
  const [value, setValue] = useState(() => first(recall(name)));
  const choose = (next) => {
    remember(name, next);
    setValue(next);
  };
  return [value, choose];
}

/** The dashboard: one page over one store. */
export function App({ store }) {
  const [language, setLanguage] = useChoice('language', (was) => firstLanguage(was, navigator.languages));
  const [theme, setTheme] = useChoice('theme', (was) => (['light', 'dark'].includes(was) ? was : 'system'));
  return (
    <Language value={language}>
      <Dock store={store} />
      <Header language={language} onLanguage={setLanguage} theme={theme} onTheme={setTheme} />
      <Notices store={store} />
      <main>
        <State store={store} />
        <Lamps store={store} />
        <Captions store={store} />
        <Numbers store={store} />
        <Events store={store} />
        <SettingsForm store={store} />
        <Audit store={store} />
      </main>
      <Toasts store={store} />
    </Language>
  );
}
