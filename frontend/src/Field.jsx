import OutlinedInput from '@mui/material/OutlinedInput';
import { useId } from 'react';

/**
 * One line to write in, with its label above and `help` or `error` below. Further properties go to MUI's OutlinedInput.
 *
 * Not MUI's TextField: that brings Select, Menu and Modal with it, a third of what the page may load first.
 */
export function Field({ label, help, error, id: given, input, className = '', ...rest }) {
  const own = useId();
  const id = given ?? own;
  const words = error ?? help;
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      <OutlinedInput
        fullWidth
        size="small"
        {...rest}
        error={error !== undefined}
        inputProps={{ id, 'aria-describedby': words ? `${id}-help` : undefined, autoComplete: 'off', ...input }}
      />
      {words && (
        <p id={`${id}-help`} className={error === undefined ? 'help' : 'help bad'}>
          {words}
        </p>
      )}
    </div>
  );
}
