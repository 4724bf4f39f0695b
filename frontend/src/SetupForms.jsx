import { useEffect, useState } from 'react';

import { read } from './api.js';
import { Button } from './Button.jsx';
import { Field } from './Field.jsx';
import { LANGUAGES, useWords } from './i18n.js';
import { Meter } from './Microphone.jsx';
import { plain } from './Setup.jsx';

const LOOK_AGAIN_MS = 3000;

function Submit({ busy, children, onSubmit }) {
  const { t } = useWords();
  const submit = (event) => {
    event.preventDefault();
    if (!busy) onSubmit();
  };
  return (
    <form onSubmit={submit}>
      {children}
      <Button type="submit" look="primary" off={busy}>
        {plain(t('setup.try'))}
      </Button>
    </form>
  );
}

function Choice({ name, value, checked, onChange, children }) {
  return (
    <label className="setup-choice">
      <input type="radio" name={name} value={value} checked={checked} onChange={() => onChange(value)} /> <span>{children}</span>
    </label>
  );
}

function LanguageStep({ busy, take, onLanguage }) {
  async function choose(code) {
    if ((await take({ language: code }))?.ok) onLanguage(code);
  }

  return (
    <div className="buttons">
      {Object.entries(LANGUAGES).map(([code, name]) => (
        <Button key={code} off={busy} onClick={() => choose(code)}>
          {name}
        </Button>
      ))}
    </div>
  );
}

function TikTokStep({ known, said, busy, take }) {
  const { t } = useWords();
  const [name, setName] = useState(known.name ?? '');
  const unknown = said?.code === 'tiktok_unknown_name';
  const { title, picture } = said?.ok ? said.result : {};
  return (
    <Submit busy={busy} onSubmit={() => take({ unique_id: name, anyway: unknown })}>
      <Field
        label={t('settings.tiktok.unique_id.label')}
        value={name}
        autoFocus
        input={{ maxLength: 200, spellCheck: false, autoCapitalize: 'none' }}
        onChange={(event) => setName(event.target.value)}
      />
      {picture && <img className="setup-picture" src={picture} alt="" width="96" height="96" />}
      {title && (
        <p>
          <bdi>{title}</bdi>
        </p>
      )}
    </Submit>
  );
}

/** Looks by itself, again and again, until it is found. */
function AnimazeStep({ said, busy, take }) {
  const { t } = useWords();
  const found = said?.ok === true && said.code === 'animaze_found';
  useEffect(() => {
    if (busy || (said !== null && said.code !== 'animaze_missing')) return undefined;
    const timer = setTimeout(() => take({}), said === null ? 0 : LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  });
  if (!found && said?.code !== 'animaze_spoke') return <p>{said === null ? '' : t('setup.animaze.how')}</p>;
  return (
    <Button off={busy} onClick={() => take({ say: t('setup.animaze.line') })}>
      {plain(t('setup.animaze.hello'))}
    </Button>
  );
}

function useLocal(take) {
  const [local, setLocal] = useState(null);
  useEffect(() => {
    let current = true;
    take({ detect: true }).then((answer) => current && setLocal(answer?.result.local ?? []));
    return () => {
      current = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when the step is opened
  }, []);
  return local ?? [];
}

function ModelStep({ busy, take }) {
  const { t } = useWords();
  const local = useLocal(take);
  const [chosen, setChosen] = useState('');
  const [values, setValues] = useState({ api_key: '', base_url: '', model: '' });
  const kind = chosen || (local.length > 0 ? 'local' : 'openai');
  const models = local.flatMap((server) => server.models.map((model) => ({ base_url: server.base_url, model, server: server.name })));
  const write = (name) => (event) => setValues((before) => ({ ...before, [name]: event.target.value }));
  const [place, setPlace] = useState(0);

  function submit() {
    if (kind === 'templates') return take({ kind });
    if (kind === 'local') {
      const { base_url, model } = models[place] ?? { base_url: '', model: '' };
      return take({ kind, base_url, model });
    }
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
    return take({ kind, ...given });
  }

  return (
    <Submit busy={busy} onSubmit={submit}>
      <Choice name="kind" value="local" checked={kind === 'local'} onChange={setChosen}>
        {t('setup.model.local')}
      </Choice>
      {kind === 'local' && models.length > 0 && (
        <select value={place} aria-label={t('setup.model.name_label')} onChange={(event) => setPlace(Number(event.target.value))}>
          {models.map(({ server, model, base_url }, index) => (
            <option key={`${base_url} ${model}`} value={index}>
              {server}: {model}
            </option>
          ))}
        </select>
      )}
      <Choice name="kind" value="openai" checked={kind === 'openai'} onChange={setChosen}>
        {t('setup.model.openai')}
      </Choice>
      {kind === 'openai' && (
        <>
          <Field
            label={t('setup.model.key')}
            value={values.api_key}
            input={{ type: 'password', autoComplete: 'new-password', spellCheck: false }}
            onChange={write('api_key')}
          />
          <Field label={t('setup.model.name_label')} value={values.model} input={{ spellCheck: false }} onChange={write('model')} />
          <Field label={t('setup.model.address')} value={values.base_url} input={{ inputMode: 'url' }} onChange={write('base_url')} />
        </>
      )}
      <Choice name="kind" value="templates" checked={kind === 'templates'} onChange={setChosen}>
        {t('setup.model.templates')}
      </Choice>
      {kind === 'templates' && <p className="help">{t('setup.model.templates_about')}</p>}
    </Submit>
  );
}

/** Speak, then be quiet, one after the other by itself. */
function MicrophoneStep({ store, busy, take }) {
  const { t } = useWords();
  const [devices, setDevices] = useState([]);
  const [device, setDevice] = useState('');
  const [phase, setPhase] = useState('');
  useEffect(() => {
    let current = true;
    // without an answer there is still the system's own
    read('api/devices').then((found) => current && setDevices(found.map(({ name }) => name)), () => {});
    return () => {
      current = false;
    };
  }, []);

  async function attempt() {
    setPhase('speak');
    const heard = await take({ phase: 'speak', device });
    if (heard?.code === 'microphone_heard') {
      setPhase('quiet');
      await take({ phase: 'quiet', device });
    }
    setPhase('');
  }

  return (
    <>
      <label className="setup-device">
        {t('settings.microphone.device.label')}
        <select value={device} disabled={busy} onChange={(event) => setDevice(event.target.value)}>
          <option value="">{t('setup.microphone.default')}</option>
          {devices.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Meter store={store} />
      <p className="setup-now" role="status">
        {phase && t(`setup.microphone.${phase}_now`)}
      </p>
      <div className="buttons">
        <Button look="primary" off={busy || phase !== ''} onClick={attempt}>
          {plain(t('setup.try'))}
        </Button>
        <Button off={busy} onClick={() => take({ phase: 'off' })}>
          {plain(t('setup.microphone.off'))}
        </Button>
      </div>
    </>
  );
}

function PersonaStep({ said, busy, take }) {
  const [personas, setPersonas] = useState([]);
  useEffect(() => {
    let current = true;
    take({}).then((answer) => current && setPersonas(answer?.result.personas ?? []));
    return () => {
      current = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when the step is opened
  }, []);
  return (
    <div className="setup-personas">
      {personas.map(({ name, title, description }) => (
        <button
          key={name}
          type="button"
          aria-pressed={said?.ok === true && said.result.persona === name}
          disabled={busy}
          onClick={() => take({ persona: name })}
        >
          <b>{title}</b>
          <span>{description}</span>
        </button>
      ))}
    </div>
  );
}

function RehearsalStep({ said, busy, take }) {
  const { t } = useWords();
  return (
    <>
      <Button look="primary" off={busy} onClick={() => take({})}>
        {plain(t('setup.try'))}
      </Button>
      <ul>
        {(said?.result.lines ?? []).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}

/** Step -> its form: `{ store, known, said, busy, take, onLanguage }`. */
export const FORMS = {
  language: LanguageStep,
  tiktok: TikTokStep,
  animaze: AnimazeStep,
  model: ModelStep,
  microphone: MicrophoneStep,
  persona: PersonaStep,
  rehearsal: RehearsalStep,
};
