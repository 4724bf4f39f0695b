import { useState } from 'react';

import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { Page } from './Page.jsx';
import { useJob } from './useJob.js';
import { useResource } from './useResource.js';
import './lists.css';
import './setup.css';

const INTENSITIES = ['quiet', 'normal', 'busy', 'raid'];
const LENGTHS = [60, 300, 900, 3600];
const LIGHTS = ['red', 'yellow', 'green', 'skipped'];

/** The parameters of a check; the part that must be well first by its name. */
const named = ({ because, ...params }, t) => (because ? { ...params, because: t(`doctor.name.${because}`, {}, because) } : params);

/** How far a job is, with the way to end it; what it says when it failed. */
function Progress({ job, stop }) {
  const { t } = useWords();
  if (job === null) return null;
  if (job.state === 'failed') return <p className="bad">{job.error}</p>;
  if (job.state === 'stopped') return <p>{t('show.stopped')}</p>;
  if (job.state === 'done') return null;
  return (
    <div>
      <progress value={job.progress} max="1" aria-label={t('show.progress')} />
      <p role="status">{job.text}</p>
      <Button onClick={stop}>{t('show.stop')}</Button>
    </div>
  );
}

function Fact({ name, children }) {
  const { t } = useWords();
  return (
    <div>
      <dt>{t(`show.card.${name}`)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The card at a rehearsal's end in figures, and what it missed. */
function RehearsalCard({ card }) {
  const { t, number } = useWords();
  const seconds = (value) => (value === null || value === undefined ? '–' : t('ui.seconds', { value: number(value, 1) }));
  return (
    <>
      <p className={card.passed ? 'good' : 'bad'}>{t(card.passed ? 'rehearsal.passed' : 'rehearsal.failed')}</p>
      <ul>
        {card.missed.map((missed) => (
          <li key={missed.limit}>{t(`rehearsal.missed.${missed.limit}`, { ...missed, limit: `rehearsal.${missed.limit}` }, missed.limit)}</li>
        ))}
      </ul>
      <dl className="facts">
        <Fact name="gifts">
          {number(card.gifts.right)} / {number(card.gifts.streaks)}
        </Fact>
        <Fact name="answers">{seconds(card.answers?.p50)}</Fact>
        <Fact name="answers95">{seconds(card.answers?.p95)}</Fact>
        <Fact name="thanks">{seconds(card.thanks?.p50)}</Fact>
        <Fact name="thanks95">{seconds(card.thanks?.p95)}</Fact>
        <Fact name="cost">{number(card.cost.per_hour, 2)}</Fact>
      </dl>
      <details>
        <summary>{t('show.card.all')}</summary>
        <pre>{JSON.stringify(card, null, 2)}</pre>
      </details>
    </>
  );
}

function Rehearse({ store }) {
  const { t } = useWords();
  const { job, begin, stop } = useJob(store);
  const [wish, setWish] = useState({ seconds: 300, intensity: 'normal', seed: 1 });
  const set = (name, read = Number) => (event) => setWish((before) => ({ ...before, [name]: read(event.target.value) }));
  const running = job?.state === 'running';

  function submit(event) {
    event.preventDefault();
    if (!running) begin('api/rehearsal', wish);
  }

  return (
    <Card title={t('show.rehearse.title')}>
      <p className="help">{t('show.rehearse.help')}</p>
      <form className="inline-form" onSubmit={submit}>
        <label>
          {t('show.rehearse.length')}
          <select value={wish.seconds} onChange={set('seconds')}>
            {LENGTHS.map((length) => (
              <option key={length} value={length}>
                {t('show.rehearse.minutes', { count: length / 60 })}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('show.rehearse.intensity')}
          <select value={wish.intensity} onChange={set('intensity', String)}>
            {INTENSITIES.map((name) => (
              <option key={name} value={name}>
                {t(`show.rehearse.intensities.${name}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('show.rehearse.seed')}
          <input type="number" min="0" max="999999" value={wish.seed} onChange={set('seed')} />
        </label>
        <Button type="submit" look="primary" off={running}>
          {t('show.rehearse.begin')}
        </Button>
      </form>
      <Progress job={job} stop={stop} />
      {job?.state === 'done' && <RehearsalCard card={job.result} />}
    </Card>
  );
}

function Recordings({ store }) {
  const { t, date, number } = useWords();
  const { data, missing } = useResource(store, 'api/recordings');
  const { job, begin, stop } = useJob(store);
  const [file, setFile] = useState('');
  const recordings = data?.recordings ?? [];
  const running = job?.state === 'running';
  return (
    <Card title={t('show.replay.title')}>
      <p className="help">{t('show.replay.help')}</p>
      {(missing || (data && recordings.length === 0)) && <p className="empty">{t('show.replay.none')}</p>}
      <ol className="rows">
        {recordings.map((recording) => (
          <li key={recording.name}>
            <time>{recording.at ? date(recording.at) : recording.name}</time>
            <span className="words">
              {t('show.replay.about', { minutes: number(recording.seconds / 60), events: number(recording.events) })}
              {recording.damaged && ` ${t('show.replay.damaged')}`}
            </span>
            <Button
              size="small"
              off={running}
              onClick={() => {
                setFile(recording.name);
                begin('api/replay', { file: recording.name });
              }}
            >
              {t('show.replay.begin')}
            </Button>
          </li>
        ))}
      </ol>
      <Progress job={job} stop={stop} />
      {job?.state === 'done' && (
        <details open>
          <summary>{file}</summary>
          <pre>{JSON.stringify(job.result, null, 2)}</pre>
        </details>
      )}
    </Card>
  );
}

function Checks({ report }) {
  const { t, number } = useWords();
  const checks = [...report.checks].sort((a, b) => LIGHTS.indexOf(a.light) - LIGHTS.indexOf(b.light));
  return (
    <>
      <p className={report.light === 'red' ? 'bad' : 'good'}>
        {t(`doctor.verdict.${report.light}`, { seconds: number(report.seconds, 1) })}
      </p>
      <ul className="checks">
        {checks.map((check) => (
          <li key={check.id} className={`is-${check.light}`}>
            <span className="light" aria-hidden="true" />
            <b>
              {t(`doctor.name.${check.id}`, {}, check.id)} <span className="unseen">{t(`doctor.sign.${check.light}`)}</span>
            </b>
            <span>
              {t(`doctor.${check.code}.cause`, named(check.params, t), check.cause)}
              {check.light !== 'green' && check.remedy && <span className="help"> {t(`doctor.${check.code}.remedy`, check.params, check.remedy)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Doctor({ store }) {
  const { t } = useWords();
  const { job, begin, stop } = useJob(store);
  const running = job?.state === 'running';
  return (
    <Card title={t('doctor.title')}>
      <p className="help">{t('doctor.wait')}</p>
      <div className="buttons">
        <Button look="primary" off={running} onClick={() => begin('api/doctor')}>
          {t('show.doctor.begin')}
        </Button>
        <a href="api/doctor/bundle" download>
          {t('show.doctor.bundle')}
        </a>
      </div>
      <Progress job={job} stop={stop} />
      {job?.state === 'done' && <Checks report={job.result} />}
    </Card>
  );
}

/** Trying things without going live: a simulated crowd, a recorded live, and the doctor. */
export default function Rehearsal({ store }) {
  return (
    <Page id="rehearsal">
      <Rehearse store={store} />
      <Doctor store={store} />
      <Recordings store={store} />
    </Page>
  );
}
