import { Page } from './Page.jsx';

export default function Viewers() {
  return <Page id="viewers" />;
}
