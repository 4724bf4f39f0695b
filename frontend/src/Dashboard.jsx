import { Captions } from './Captions.jsx';
import { Chart } from './Chart.jsx';
import { FirstRun } from './FirstRun.jsx';
import { Lamps } from './Lamps.jsx';
import { Latest } from './Latest.jsx';
import { Microphone } from './Microphone.jsx';
import { Numbers } from './Numbers.jsx';
import { Page } from './Page.jsx';
import { Persona } from './Persona.jsx';
import { Phone } from './Phone.jsx';
import { Gifts, Here } from './Room.jsx';
import { Speak } from './Speak.jsx';
import { State } from './State.jsx';
import { Waiting } from './Waiting.jsx';

/** What the streamer looks at during the live: the pal, what it hears and costs, the room. */
export default function Dashboard({ store }) {
  return (
    <Page id="dashboard" className="dashboard">
      <FirstRun store={store} />
      <State store={store} />
      <Lamps store={store} />
      <div className="columns">
        <div className="column">
          <Captions store={store} />
          <Waiting store={store} />
          <Speak store={store} />
          <Latest store={store} />
        </div>
        <div className="column">
          <Microphone store={store} />
          <Numbers store={store} />
          <Persona store={store} />
          <Phone store={store} />
        </div>
        <div className="column">
          <Chart store={store} />
          <Gifts store={store} />
          <Here store={store} />
        </div>
      </div>
    </Page>
  );
}
