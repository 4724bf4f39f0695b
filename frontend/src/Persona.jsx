import { useState } from 'react';

import { problem, send } from './api.js';
import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { useResource } from './useResource.js';

/** Who the pal is, to be changed in the middle of the live. Not there where the server knows no personas. */
export function Persona({ store }) {
  const { t } = useWords();
  const { data, reload } = useResource(store, 'api/persona');
  const [busy, setBusy] = useState('');
  const personas = Array.isArray(data?.personas) ? data.personas : [];
  if (personas.length === 0) return null;
  const current = busy || String(data.current ?? '');
  const chosen = personas.find(({ name }) => name === current);

  async function choose(name) {
    setBusy(name);
    try {
      await send('api/persona', { name });
      store.tell('toast', { key: 'ui.persona.changed', kind: 'good' });
    } catch (error) {
      store.tell('toast', problem(error));
    }
    setBusy('');
    reload();
  }

  return (
    <Card className="persona" title={t('ui.persona.title')}>
      <label>
        <span className="unseen">{t('ui.persona.label')}</span>
        <select value={current} disabled={busy !== ''} onChange={(event) => choose(event.target.value)}>
          {chosen === undefined && <option value={current}>{current}</option>}
          {personas.map(({ name, title, problem: why }) => (
            <option key={name} value={name} disabled={Boolean(why)} title={why ? String(why) : undefined}>
              {String(title || name)}
            </option>
          ))}
        </select>
      </label>
      {chosen?.description && (
        <p className="help">
          <bdi>{String(chosen.description)}</bdi>
        </p>
      )}
    </Card>
  );
}
