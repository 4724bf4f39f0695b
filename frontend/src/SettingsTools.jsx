import { useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { Dialog } from './Dialog.jsx';
import { Field } from './Field.jsx';
import { useWords } from './i18n.js';
import { useCommand } from './useCommand.js';
import { useResource } from './useResource.js';
import { useStore } from './useStore.js';

const LARGEST_FILE = 200_000;

const shown = (value) => {
  const text = value === null || value === undefined ? '–' : Array.isArray(value) ? value.join(', ') : String(value);
  return text.length > 80 ? `${text.slice(0, 80)} …` : text || '–';
};

function Differences({ changes }) {
  const { t } = useWords();
  return (
    <div className="table-box" tabIndex={0} role="group" aria-label={t('form.import.title')}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('form.import.setting')}</th>
            <th scope="col">{t('form.import.before')}</th>
            <th scope="col">{t('form.import.after')}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ path, before, after }) => (
            <tr key={path}>
              <td>{t(`settings.${path.includes('.') ? path : `general.${path}`}.label`, {}, path)}</td>
              <td>
                <bdi>{shown(before)}</bdi>
              </td>
              <td>
                <bdi>{shown(after)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Preview({ found, busy, onApply, onClose }) {
  const { t } = useWords();
  const refused = found.problems.length > 0;
  return (
    <Dialog title={t('form.import.title')} onClose={onClose}>
      {refused && <p>{t('form.import.refused')}</p>}
      <ul className="bad">
        {found.problems.map(({ path, message }) => (
          <li key={`${path} ${message}`}>
            {path && <b>{path}: </b>}
            {message}
          </li>
        ))}
      </ul>
      {found.ignored.length > 0 && <p>{t('form.import.ignored', { names: found.ignored.join(', ') })}</p>}
      {!refused && found.changes.length === 0 && <p>{t('form.import.same')}</p>}
      {found.changes.length > 0 && <Differences changes={found.changes} />}
      <div className="buttons">
        <Button onClick={onClose}>{t('ui.audit.cancel')}</Button>
        <Button look="primary" off={busy || refused || found.changes.length === 0} onClick={onApply}>
          {t('form.import.apply')}
        </Button>
      </div>
    </Dialog>
  );
}

/** A change that is shown before it is made: `look(path, body)` asks what it would do, `dialog` shows it. */
function usePreview(store, onChanged) {
  const [asked, setAsked] = useState(null);
  const [busy, setBusy] = useState(false);

  async function look(path, body) {
    try {
      setAsked({ path, body, found: await send(path, { ...body, apply: false }) });
    } catch (error) {
      store.tell('toast', problem(error));
    }
  }

  async function apply() {
    setBusy(true);
    try {
      await send(asked.path, { ...asked.body, apply: true });
      store.tell('toast', { key: 'form.import.applied', kind: 'good' });
      onChanged();
    } catch (error) {
      store.tell('toast', problem(error));
    } finally {
      setAsked(null);
      setBusy(false);
    }
  }

  const dialog = asked && <Preview found={asked.found} busy={busy} onApply={apply} onClose={() => setAsked(null)} />;
  return { look, dialog };
}

/** Files are dropped anywhere on the card, or chosen. */
function Import({ store, look }) {
  const { t } = useWords();
  const [over, setOver] = useState(false);

  async function take(file) {
    if (!file) return;
    if (file.size > LARGEST_FILE) store.tell('toast', { key: 'form.import.too_large' });
    else look('api/settings/import', { text: await file.text() });
  }

  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  const drag = (event) => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <div className={over ? 'drop is-over' : 'drop'} onDragOver={drag} onDragLeave={() => setOver(false)} onDrop={drop}>
      <label>
        {t('form.import.drop')}
        <input type="file" accept=".yaml,.yml,.json" onChange={(event) => take(event.target.files[0]).finally(() => (event.target.value = ''))} />
      </label>
      <p>
        <a href="api/settings/export?format=yaml" download>
          {t('form.import.export', { form: 'YAML' })}
        </a>{' '}
        <a href="api/settings/export?format=json" download>
          {t('form.import.export', { form: 'JSON' })}
        </a>
      </p>
    </div>
  );
}

function Profiles({ store, look, profiles, reload }) {
  const { t, date } = useWords();
  const [name, setName] = useState('');

  async function ask(body, done) {
    try {
      await send('api/settings/profiles', body);
      done?.();
      reload();
    } catch (error) {
      store.tell('toast', problem(error));
    }
  }

  function save(event) {
    event.preventDefault();
    if (name.trim()) ask({ save: name.trim() }, () => setName(''));
  }

  return (
    <>
      <ul className="profiles">
        {profiles.map((profile) => (
          <li key={profile.name}>
            <span>
              <bdi>{profile.name}</bdi> <time>{date(profile.at)}</time>
            </span>
            <Button size="small" onClick={() => look('api/settings/profiles', { load: profile.name })}>
              {t('form.profiles.load')}
            </Button>
            <Button size="small" look="plain" onClick={() => ask({ delete: profile.name })}>
              {t('form.profiles.delete')}
            </Button>
          </li>
        ))}
      </ul>
      <form className="one-line" onSubmit={save}>
        <Field label={t('form.profiles.name')} value={name} input={{ maxLength: 60 }} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" off={name.trim() === ''}>
          {t('form.profiles.save')}
        </Button>
      </form>
    </>
  );
}

/** Whole sets of settings: undo, presets, profiles, import and export. */
export function SettingsTools({ store, onChanged }) {
  const { t } = useWords();
  const { data, reload } = useResource(store, 'api/settings/presets');
  const { look, dialog } = usePreview(store, onChanged);
  const possible = useStore(store, (state) => state.status?.settings?.undo ?? false);
  const [busy, command] = useCommand(store);

  async function undo() {
    if (!(await command('undo', 'api/settings/undo'))) return;
    store.tell('toast', { key: 'form.settings.undone', kind: 'good' });
    onChanged();
  }

  const back = (
    <Button off={!possible || busy !== ''} title={possible ? undefined : t('form.settings.nothing_to_undo')} onClick={undo}>
      {t('form.settings.undo')}
    </Button>
  );

  return (
    <div className="tools">
      <Card title={t('form.presets.title')} actions={back}>
        <p className="help">{t('form.presets.help')}</p>
        <div className="buttons">
          {(data?.presets ?? []).map(({ name, description }) => (
            <Button key={name} title={description || undefined} onClick={() => look('api/settings/preset', { name })}>
              {t(`form.presets.name.${name}`, {}, name)}
            </Button>
          ))}
        </div>
        <h3>{t('form.profiles.title')}</h3>
        <Profiles store={store} look={look} profiles={data?.profiles ?? []} reload={reload} />
      </Card>
      <Card title={t('form.import.heading')}>
        <Import store={store} look={look} />
      </Card>
      {dialog}
    </div>
  );
}
