/** Signs of the pages and of a few buttons; 24 × 24, drawn with lines, as wide as the text is high. */

const PATHS = {
  dashboard: 'M4 13h7V4H4zm0 7h7v-4H4zm9 0h7v-9h-7zm0-16v4h7V4z',
  events: 'M4 5h16v11H9l-5 4z M8 9h8 M8 12h5',
  viewers: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6 M16 4.5a3.5 3.5 0 0 1 0 6.5 M18 14.5c2.2.8 3.5 2.6 3.5 5.5',
  rehearsal: 'M5 4v16l14-8z',
  logs: 'M5 4h14v16H5z M8.5 8.500h7 M8.5 12h7 M8.5 15.500h4',
  setup: 'M12 3l2.2 5.300L20 9l-4.3 3.900L17 19l-5-3-5 3 1.3-6.100L4 9l5.8-.7z',
  settings: 'M4 7h9 M17 7h3 M4 17h3 M11 17h9 M15 4.500a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z M9 14.500a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  drop: 'M6 6l12 12 M18 6L6 18',
  now: 'M5 12h13 M13 6l6 6-6 6',
  grip: 'M9 6h.01 M15 6h.01 M9 12h.01 M15 12h.01 M9 18h.01 M15 18h.01',
  stop: 'M6 6h12v12H6z',
};

/** Decoration: what it means is always said in words beside it or in the button's name. */
export function Icon({ name }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
