import { Page } from './Page.jsx';

export default function Logs() {
  return <Page id="logs" />;
}
