import { Page } from './Page.jsx';

export default function Setup() {
  return <Page id="setup" />;
}
