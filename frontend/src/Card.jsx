import Paper from '@mui/material/Paper';
import { useId } from 'react';

/** A part of a page: `title` is its heading and name, `actions` stand beside it. */
export function Card({ title, actions, className = '', children }) {
  const id = useId();
  return (
    <Paper component="section" variant="outlined" className={`card ${className}`} aria-labelledby={id}>
      <header className="card-head">
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      {children}
    </Paper>
  );
}
