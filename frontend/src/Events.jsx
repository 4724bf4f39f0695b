import { Audit } from './Audit.jsx';
import { Latest } from './Latest.jsx';
import { Page } from './Page.jsx';

/** What happened, and what was made of it. */
export default function Events({ store }) {
  return (
    <Page id="events">
      <Latest store={store} />
      <Audit store={store} />
    </Page>
  );
}
