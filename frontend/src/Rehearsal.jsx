import { Page } from './Page.jsx';

export default function Rehearsal() {
  return <Page id="rehearsal" />;
}
