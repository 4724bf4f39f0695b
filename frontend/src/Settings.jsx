import { Page } from './Page.jsx';
import { SettingsForm } from './SettingsForm.jsx';

/** Every knob of PalFriend. */
export default function Settings({ store }) {
  return (
    <Page id="settings">
      <SettingsForm store={store} />
    </Page>
  );
}
