import { Audit } from './Audit.jsx';
import { Captions } from './Captions.jsx';
import { Lamps } from './Lamps.jsx';
import { Latest } from './Latest.jsx';
import { Microphone } from './Microphone.jsx';
import { Numbers } from './Numbers.jsx';
import { Page } from './Page.jsx';
import { State } from './State.jsx';

/** What the streamer looks at during the live. */
export default function Dashboard({ store }) {
  return (
    <Page id="dashboard" className="dashboard">
      <State store={store} />
      <Lamps store={store} />
      <div className="columns">
        <Captions store={store} />
        <Microphone store={store} />
        <Numbers store={store} />
        <Latest store={store} />
      </div>
      <Audit store={store} />
    </Page>
  );
}
