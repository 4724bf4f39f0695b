import { useEffect, useMemo, useRef, useState } from 'react';

import { problem, read, send } from './api.js';
import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { Field } from './Field.jsx';
import { byField, changes, isMeant, lookUp, wordsOf } from './fields.js';
import { useWords } from './i18n.js';
import { Page } from './Page.jsx';
import { Setting } from './Setting.jsx';
import { SettingsTools } from './SettingsTools.jsx';
import { Trial } from './Trial.jsx';
import { useResource } from './useResource.js';
import { useStore } from './useStore.js';
import './settings.css';

const NOTHING = { draft: {}, errors: {}, note: '' };
const EMPTY = [];

/** The saved settings and the description of their fields; both null until they are known. */
function useSettings(store) {
  const { data: sections } = useResource(store, 'api/schema');
  const { data, reload } = useResource(store, 'api/settings');
  const [newer, setNewer] = useState({ before: null, saved: null });
  const saved = newer.before === data && newer.saved ? newer.saved : data;
  return { sections, saved, reload, setSaved: (next) => setNewer({ before: data, saved: next }) };
}

/** What was typed while `sent` was on its way. */
const typedSince = (sent, draft) => Object.fromEntries(Object.entries(draft).filter(([path, value]) => value !== sent[path]));

/** What was typed and what became of it. */
function useForm(store, fields, saved, setSaved) {
  const { language } = useWords();
  const [form, setForm] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const partial = saved === null ? {} : changes(fields, saved, form.draft);
  const [change] = useState(() => (path, value) => {
    setForm(({ draft, errors: { ...errors }, told }) => {
      delete errors[path];
      return { draft: { ...draft, [path]: value }, errors, told, note: '' };
    });
  });

  async function save(note) {
    const sent = form.draft;
    setBusy(true);
    try {
      setSaved(await send('api/settings', partial));
      setForm(({ draft }) => ({ ...NOTHING, draft: typedSince(sent, draft), note }));
    } catch (error) {
      const { placed, others } = byField(fields, error.fields);
      const isPlaced = Object.keys(placed).length > 0;
      setForm((now) => ({ ...now, errors: placed, told: language, note: isPlaced ? 'form.settings.refused' : '' }));
      if (others.length > 0) store.tell('toast', { key: 'ui.problem.refused', params: { text: others.join('; ') } });
      else if (!isPlaced) store.tell('toast', problem(error));
    } finally {
      setBusy(false);
    }
  }

  const revert = () => setForm(NOTHING);
  const errors = form.told === language ? form.errors : NOTHING.errors; // the server says them anew at the next save
  return { ...form, errors, busy, change, save, revert, count: Object.values(partial).reduce((sum, part) => sum + size(part), 0) };
}

const size = (part) => (typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.keys(part).length : 1);

/** Names that the computer or the disk offers for some fields: path -> `[[value, shown]]`. */
function useOptions(store) {
  const { t } = useWords();
  const up = useStore(store, (state) => state.connection === 'up');
  const [names, setNames] = useState({ devices: null, personas: null });
  useEffect(() => {
    if (!up) return undefined;
    let current = true;
    // without an answer these are plain text fields
    const ask = (path, name, pick) => read(path).then((found) => current && setNames((now) => ({ ...now, [name]: pick(found) })), () => {});
    ask('api/devices', 'devices', (found) => found.map((device) => device.name));
    ask('api/persona', 'personas', (found) => found.personas.map(({ name, title }) => [name, title || name]));
    return () => {
      current = false;
    };
  }, [up]);
  return useMemo(
    () => ({
      ...(names.devices && { 'microphone.device': [['', t('form.settings.default_device')], ...names.devices.map((name) => [name, name])] }),
      ...(names.personas && { 'style.persona': names.personas }),
    }),
    [names, t],
  );
}

function optionsOf(field, offered, words, t) {
  if (offered[field.path]) return offered[field.path];
  if (field.type !== 'choice') return undefined;
  return field.choices.map((code) => [code, t(`${words}.choices.${code}`, {}, code)]);
}

function Section({ store, section, fields, saved, form, offered }) {
  const { t } = useWords();
  const name = section.name || 'general';
  return (
    <Card className="settings" title={t(`settings.${name}._title`, {}, name)}>
      <p className="help">{t(`settings.${name}._help`, {}, '')}</p>
      {fields.map((field) => (
        <Setting
          key={field.path}
          field={field}
          words={wordsOf(section, field)}
          saved={lookUp(saved, field.path)}
          draft={form.draft[field.path]}
          error={form.errors[field.path]}
          options={optionsOf(field, offered, wordsOf(section, field), t)}
          onChange={form.change}
        />
      ))}
      <Trial store={store} section={name} dirty={form.count > 0} />
    </Card>
  );
}

/** The sections with the fields that are to be seen: those meant by the search, else those that are not only for experts. */
function useShown(sections, query, advanced, form) {
  const { t } = useWords();
  return (sections ?? EMPTY)
    .map((section) => {
      const title = t(`settings.${section.name || 'general'}._title`, {}, section.name);
      const isSeen = (field) => {
        if (form.errors[field.path] !== undefined || form.draft[field.path] !== undefined) return true;
        const words = wordsOf(section, field);
        if (query.trim()) return isMeant(query, title, field.path, t(`${words}.label`, {}, ''), t(`${words}.help`, {}, field.help));
        return advanced || !field.advanced;
      };
      return { section, title, fields: section.fields.filter(isSeen) };
    })
    .filter(({ fields }) => fields.length > 0);
}

function SaveBar({ form, running, onRevert }) {
  const { t } = useWords();
  const words = form.note || (form.count > 0 ? 'form.settings.changed' : '');
  return (
    <div className="save-bar">
      <Button type="submit" look="primary" off={form.busy || form.count === 0}>
        {t('form.settings.save')}
      </Button>
      <Button off={form.count === 0} onClick={onRevert}>
        {t('form.settings.revert')}
      </Button>
      <p role="status" className={form.note === 'form.settings.refused' ? 'bad' : undefined}>
        {words && t(words, { count: form.count })} {form.note === '' && form.count > 0 && running && t('form.settings.live')}
      </p>
    </div>
  );
}

/** Whoever closes the page with something unsaved is asked by the browser. */
function useUnsaved(unsaved) {
  useEffect(() => {
    if (!unsaved) return undefined;
    const ask = (event) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [unsaved]);
}

function Form({ store, sections, saved, setSaved }) {
  const { t } = useWords();
  const running = useStore(store, (state) => state.status?.running ?? false);
  const fields = useMemo(() => sections.flatMap((section) => section.fields), [sections]);
  const form = useForm(store, fields, saved, setSaved);
  const offered = useOptions(store);
  const [query, setQuery] = useState('');
  const [advanced, setAdvanced] = useState(false);
  const shown = useShown(sections, query, advanced, form);
  const element = useRef(null);
  useUnsaved(form.count > 0);

  useEffect(() => {
    if (!form.busy) element.current.querySelector('[aria-invalid=true]')?.focus();
  }, [form.busy]);

  function submit(event) {
    event.preventDefault();
    if (form.count > 0 && !form.busy) form.save(running ? 'form.settings.saved_running' : 'form.settings.saved');
  }

  function keys(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') submit(event);
  }

  return (
    <form ref={element} onSubmit={submit} onKeyDown={keys} noValidate>
      <div className="filters">
        <Field
          label={t('form.settings.search')}
          value={query}
          input={{ type: 'search', spellCheck: false }}
          onChange={(event) => setQuery(event.target.value)}
        />
        <label className="everything">
          <input type="checkbox" checked={advanced} onChange={(event) => setAdvanced(event.target.checked)} />{' '}
          {t('form.settings.advanced')}
        </label>
      </div>
      {shown.length === 0 && <p className="empty">{t('form.settings.nothing')}</p>}
      <div className="sections">
        {shown.map(({ section, fields: seen }) => (
          <Section key={section.name} {...{ store, section, saved, form, offered }} fields={seen} />
        ))}
      </div>
      <SaveBar form={form} running={running} onRevert={form.revert} />
    </form>
  );
}

/** Every knob of PalFriend. */
export default function Settings({ store }) {
  const { t } = useWords();
  const { sections, saved, reload, setSaved } = useSettings(store);
  const known = sections !== null && saved !== null;
  return (
    <Page id="settings">
      {known ? <Form {...{ store, sections, saved, setSaved }} /> : <p className="empty loading">{t('ui.loading')}</p>}
      <SettingsTools store={store} onChanged={reload} />
    </Page>
  );
}
