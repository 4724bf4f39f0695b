import { useEffect, useRef, useState } from 'react';

import { problem, read, send } from './api.js';
import { Button } from './Button.jsx';
import { FIELDS, changes, lookUp } from './fields.js';
import { Card } from './Card.jsx';
import { Field } from './Field.jsx';
import { useWords } from './i18n.js';
import { useStore } from './useStore.js';

const NOTHING = { draft: {}, errors: {}, note: '' };

/** The saved settings, read anew whenever the connection comes up; null until they are known. */
function useSaved(store) {
  const connection = useStore(store, (state) => state.connection);
  const [saved, setSaved] = useState(null);
  useEffect(() => {
    if (connection !== 'up') return undefined;
    let current = true;
    read('api/settings').then(
      (settings) => current && setSaved(settings),
      (error) => current && store.tell('toast', problem(error)),
    );
    return () => {
      current = false;
    };
  }, [connection, store]);
  return [saved, setSaved];
}

function secretHint(t, { set, source }) {
  if (!set) return t('ui.secret.unset');
  return source === 'environment' ? t('ui.secret.environment') : t('ui.secret.set');
}

/** How a field differs for a secret: its value is never known here, only whether there is one. */
function inputProps(t, field, saved, draft) {
  const value = lookUp(saved, field.path);
  const input = { inputMode: field.inputMode, spellCheck: false };
  if (!field.secret) return { type: 'text', value: draft ?? String(value ?? ''), input };
  const placeholder = secretHint(t, value ?? {});
  return { type: 'password', value: draft ?? '', placeholder, input: { ...input, autoComplete: 'new-password' } };
}

function Setting({ field, saved, draft, error, onChange }) {
  const { t } = useWords();
  return (
    <Field
      id={field.path.replace('.', '-')}
      label={t(`ui.field.${field.path}.label`)}
      help={t(`ui.field.${field.path}.help`)}
      error={error}
      name={field.path}
      {...inputProps(t, field, saved, draft)}
      onChange={(event) => onChange(field.path, event.target.value)}
    />
  );
}

const isShown = (path) => FIELDS.some((field) => field.path === path);

/** What a failed save says beyond the words under its fields; null when those say it all. */
function complaint(error) {
  const others = Object.entries(error.fields).filter(([path]) => !isShown(path));
  if (others.length > 0) {
    return { key: 'ui.problem.refused', params: { text: others.map(([path, why]) => `${path}: ${why}`).join('; ') } };
  }
  return Object.keys(error.fields).length > 0 ? null : problem(error);
}

/** What was typed while `sent` was on its way. */
function typedSince(sent, draft) {
  return Object.fromEntries(Object.entries(draft).filter(([path, value]) => value !== sent[path]));
}

/** What was typed and what became of it; `save` posts the changes and shows what the server made of them. */
function useForm(store, saved, setSaved) {
  const [form, setForm] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const changed = saved === null ? {} : changes(saved, form.draft);

  function change(path, value) {
    setForm(({ draft, errors: { ...errors } }) => {
      delete errors[path];
      return { draft: { ...draft, [path]: value }, errors, note: '' };
    });
  }

  async function save(note) {
    const sent = form.draft;
    setBusy(true);
    try {
      setSaved(await send('api/settings', changed));
      setForm(({ draft }) => ({ ...NOTHING, draft: typedSince(sent, draft), note }));
    } catch (error) {
      const toast = complaint(error);
      setForm((now) => ({ ...now, errors: error.fields, note: toast ? '' : 'ui.settings.refused' }));
      if (toast) store.tell('toast', toast);
    } finally {
      setBusy(false);
    }
  }

  return { ...form, busy, change, save, clean: Object.keys(changed).length === 0 };
}

/** The few things that a first stream needs. Only what was changed is sent. */
export function SettingsForm({ store }) {
  const { t } = useWords();
  const running = useStore(store, (state) => state.status?.running ?? false);
  const [saved, setSaved] = useSaved(store);
  const { draft, errors, note, busy, change, save, clean } = useForm(store, saved, setSaved);
  const form = useRef(null);

  useEffect(() => {
    if (!busy) form.current.querySelector('[aria-invalid=true]')?.focus();
  }, [busy]);

  function submit(event) {
    event.preventDefault();
    save(running ? 'ui.settings.saved_running' : 'ui.settings.saved');
  }

  return (
    <Card className="settings" title={t('ui.settings.title')}>
      <form ref={form} onSubmit={submit} noValidate>
        <fieldset disabled={saved === null}>
          {FIELDS.map((field) => (
            <Setting
              key={field.path}
              field={field}
              saved={saved ?? {}}
              draft={draft[field.path]}
              error={errors[field.path]}
              onChange={change}
            />
          ))}
        </fieldset>
        <div className="buttons">
          <Button type="submit" look="primary" off={busy || clean}>
            {t('ui.settings.save')}
          </Button>
          <p role="status" className={note === 'ui.settings.refused' ? 'bad' : undefined}>
            {note && t(note)}
          </p>
        </div>
      </form>
    </Card>
  );
}
