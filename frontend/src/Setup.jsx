import { useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { Page } from './Page.jsx';
import { href } from './routes.js';
import { FORMS } from './SetupForms.jsx';
import { useCommand } from './useCommand.js';
import { useResource } from './useResource.js';
import { useStore } from './useStore.js';
import './setup.css';

const LONGEST_MS = 90_000;
const FINISHED = 'finished';

/** The window's buttons have a letter for the keyboard marked; here it is only a sign too many. */
export const plain = (text) => text.replace('&', '');

/** What a step answered, in the page's language; the server's words are those of its own. */
const words = (said, t) => (said?.code ? t(`setup.said.${said.code}`, said.params ?? {}, said.text) : (said?.text ?? ''));

/** One try of a step at a time: `{ said, busy, take }`; `said` is the server's answer to the last one. */
function useTries(store, step, onTaken) {
  const [said, setSaid] = useState(null);
  const [busy, setBusy] = useState(false);

  async function take(values) {
    setBusy(true);
    try {
      const answer = await send(`api/setup/${step}`, values, LONGEST_MS);
      setSaid(answer);
      onTaken();
      return answer;
    } catch (error) {
      const { key, params } = problem(error);
      const words = Object.entries(error.fields).map(([path, why]) => `${path}: ${why}`).join('; ');
      if (words) setSaid({ ok: false, text: words, result: {} });
      else store.tell('toast', { key, params });
      return null;
    } finally {
      setBusy(false);
    }
  }

  return { said, busy, take };
}

function Step({ store, id, state, onTaken, onNext, onLanguage }) {
  const { t } = useWords();
  const tries = useTries(store, id, onTaken);
  const Form = FORMS[id];
  const done = tries.said?.ok === true;

  async function skip() {
    try {
      await send(`api/setup/${id}/skip`);
      onTaken();
      onNext();
    } catch (error) {
      store.tell('toast', problem(error));
    }
  }

  return (
    <Card className="setup-step" title={t(`setup.${id}.title`)}>
      <p>{t(`setup.${id}.lead`)}</p>
      <Form store={store} known={state.result} onLanguage={onLanguage} {...tries} />
      <p role="status" className={tries.said && !done ? 'bad' : 'good'}>
        {tries.busy ? t(`setup.${id}.busy`, {}, t('setup.busy')) : words(tries.said, t)}
      </p>
      <div className="buttons">
        <Button look={done || state.state === 'done' ? 'primary' : 'quiet'} off={!done && state.state !== 'done'} onClick={onNext}>
          {plain(t('setup.continue'))}
        </Button>
        <Button look="plain" off={tries.busy} onClick={skip}>
          {plain(t('setup.skip'))}
        </Button>
      </div>
    </Card>
  );
}

function Finished({ store }) {
  const { t } = useWords();
  const running = useStore(store, (state) => state.status?.running ?? false);
  const [busy, command] = useCommand(store);
  return (
    <Card className="setup-step" title={t('setup.finished.title')}>
      <p>{t('setup.finished.lead')}</p>
      <div className="buttons">
        <Button
          look="primary"
          off={busy !== '' || running}
          onClick={async () => {
            if (await command('start', 'api/start')) window.location.hash = href('dashboard');
          }}
        >
          {plain(t('setup.start'))}
        </Button>
        <a href={href('settings')}>{t('setup.finish')}</a>
      </div>
    </Card>
  );
}

function Steps({ steps, shown, onShow }) {
  const { t } = useWords();
  return (
    <ol className="setup-steps">
      {steps.map(({ id, state }) => (
        <li key={id} className={`is-${state}`}>
          <button type="button" aria-current={id === shown ? 'step' : undefined} onClick={() => onShow(id)}>
            {t(`setup.${id}.name`)} <small>{t(`setup.state.${state}`)}</small>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** The first five minutes: each step tries what it is about, can be skipped, and can be done again. */
export default function Setup({ store, onLanguage }) {
  const { t } = useWords();
  const { data, missing, reload } = useResource(store, 'api/setup');
  const [chosen, setChosen] = useState('');
  if (missing) return <Page id="setup" />;
  if (data === null) {
    return (
      <Page id="setup">
        <p className="empty loading">{t('ui.loading')}</p>
      </Page>
    );
  }
  const ids = data.steps.map(({ id }) => id);
  const shown = chosen || data.step || FINISHED;
  /** What a step has found is to be read, so it stays until somebody goes on. */
  const stay = () => {
    setChosen(shown);
    reload();
  };
  const next = () => setChosen(ids[ids.indexOf(shown) + 1] ?? FINISHED);
  return (
    <Page id="setup">
      <div className="setup">
        <Steps steps={data.steps} shown={shown} onShow={setChosen} />
        {shown === FINISHED ? (
          <Finished store={store} />
        ) : (
          <Step
            key={shown}
            store={store}
            id={shown}
            state={data.steps.find(({ id }) => id === shown)}
            onTaken={stay}
            onNext={next}
            onLanguage={onLanguage}
          />
        )}
      </div>
    </Page>
  );
}
