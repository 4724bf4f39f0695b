import { ThemeProvider } from '@mui/material/styles';
import { Suspense, useEffect, useRef, useState } from 'react';

import { ErrorBoundary } from './ErrorBoundary.jsx';
import { Header } from './Header.jsx';
import { Language, loadLanguage, useWords } from './i18n.js';
import { Navigation } from './Navigation.jsx';
import { DemoNote, Toasts } from './Notices.jsx';
import { remember } from './remember.js';
import { COMPONENTS, useRoute } from './routes.js';
import { theme } from './theme.js';

/** MUI's own key would be as good, but choices made before are kept under this one. */
const THEME_KEY = 'palfriend.theme';

function Loading() {
  const { t } = useWords();
  return <p className="empty loading">{t('ui.loading')}</p>;
}

/** The page of the address. After a change of page the keyboard and the screen reader go on at its beginning. */
function Main({ store, onLanguage }) {
  const { page, rest } = useRoute();
  const main = useRef(null);
  const before = useRef(page);
  useEffect(() => {
    if (before.current === page) return;
    before.current = page;
    window.scrollTo(0, 0);
    main.current.focus({ preventScroll: true });
  }, [page]);
  const Shown = COMPONENTS[page];
  return (
    <>
      <Navigation page={page} />
      <main ref={main} tabIndex={-1}>
        <DemoNote store={store} />
        <ErrorBoundary key={page}>
          <Suspense fallback={<Loading />}>
            <Shown store={store} rest={rest} onLanguage={onLanguage} />
          </Suspense>
        </ErrorBoundary>
      </main>
    </>
  );
}

/** The dashboard: some pages over one store. The texts of `first`, the language it begins in, are loaded already. */
export function App({ store, first = 'en' }) {
  const [language, setLanguage] = useState(first);

  async function chooseLanguage(next) {
    try {
      await loadLanguage(next);
      remember('language', next);
      setLanguage(next);
    } catch {
      store.tell('toast', { key: 'ui.problem.no_answer' }); // the server that has these texts is gone
    }
  }

  return (
    <ThemeProvider theme={theme} defaultMode="system" modeStorageKey={THEME_KEY} disableTransitionOnChange>
      <Language value={language}>
        <div className="shell">
          <Header store={store} language={language} onLanguage={chooseLanguage} />
          <Main store={store} onLanguage={chooseLanguage} />
          <Toasts store={store} />
        </div>
      </Language>
    </ThemeProvider>
  );
}
