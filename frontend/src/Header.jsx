import { useEffect } from 'react';

import { LANGUAGES, useWords } from './i18n.js';

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

/** The name, and how the page looks and speaks. */
export function Header({ language, onLanguage, theme, onTheme }) {
  const { t } = useWords();
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dataset.theme = theme;
  }, [language, theme]);
  return (
    <header className="top">
      <img src="./favicon.svg" alt="" width="32" height="32" />
      <h1>PalFriend</h1>
      <Choice label={t('ui.language')} value={language} options={Object.entries(LANGUAGES)} onChange={onLanguage} />
      <Choice
        label={t('ui.theme.label')}
        value={theme}
        options={THEMES.map((name) => [name, t(`ui.theme.${name}`)])}
        onChange={onTheme}
      />
    </header>
  );
}
