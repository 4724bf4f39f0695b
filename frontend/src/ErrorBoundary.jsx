import { Component } from 'react';

import { Button } from './Button.jsx';
import { useWords } from './i18n.js';

function Broken() {
  const { t } = useWords();
  return (
    <div className="broken" role="alert">
      <h1>{t('ui.broken.title')}</h1>
      <p>{t('ui.broken.text')}</p>
      <Button look="primary" onClick={() => window.location.reload()}>
        {t('ui.broken.reload')}
      </Button>
    </div>
  );
}

/** Where a part of the page fails, it says so there, and the rest (panic!) goes on. React's console line says why. */
export class ErrorBoundary extends Component {
  state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}
