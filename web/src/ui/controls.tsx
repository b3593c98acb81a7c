/** Buttons and fields. A field says its unit, its help and what is wrong with it; a button that cannot be used says why. */
import { CircleAlert, LoaderCircle } from 'lucide-react';
import {
  cloneElement, useId, type ButtonHTMLAttributes, type InputHTMLAttributes, type ReactElement, type ReactNode, type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from 'react';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** The key that presses it, outside of fields. */
  'data-key'?: string;
  look?: 'primary' | 'danger' | 'ghost';
  size?: 'small';
  icon?: ReactNode;
  busy?: boolean;
  /** Why it cannot be used now; it then is shown disabled and tells so. */
  why?: string | undefined;
}

export function Button({ look, size, icon, busy, why, children, className = '', onClick, ...rest }: ButtonProps) {
  const off = why !== undefined || busy;
  return (
    <button
      type="button"
      {...rest}
      className={`btn ${look ?? ''} ${size ?? ''} ${children === undefined ? 'icon' : ''} ${className}`}
      aria-disabled={off ? true : undefined}
      title={why ?? rest.title}
      onClick={off ? (event) => event.preventDefault() : onClick}
    >
      {busy ? <LoaderCircle size={15} className="spin" /> : icon}
      {children}
    </button>
  );
}

/** A button that is only an icon; its name is read aloud and shown on hovering. */
export function IconButton({ label, ...rest }: Omit<ButtonProps, 'children'> & { label: string }) {
  return <Button look="ghost" aria-label={label} title={label} {...rest} />;
}

interface Described {
  id?: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: boolean | undefined;
}

export interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  error?: ReactNode;
  /** What is said beside the label, such as "optional". */
  note?: ReactNode;
  className?: string;
  children: ReactElement<Described>;
}

/** Label, control, help and error, tied together for who does not see them. */
export function Field({ label, help, error, note, className = '', children }: FieldProps) {
  const own = useId();
  const id = children.props.id ?? own;
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].join(' ').trim() || undefined;
  return (
    <div className={`field ${className}`}>
      <label className="label" htmlFor={id}>
        {label}
        {note && <span className="optional">{note}</span>}
      </label>
      {cloneElement(children, { id, 'aria-describedby': described, 'aria-invalid': error ? true : undefined })}
      {error && (
        <span className="error" id={`${id}-error`} role="alert">
          <CircleAlert size={13} />
          <span>{error}</span>
        </span>
      )}
      {help && <span className="help" id={`${id}-help`}>{help}</span>}
    </div>
  );
}

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> & { onChange?: (value: string) => void; unit?: string | null | undefined };

export function TextInput({ onChange, unit, className = '', ...rest }: InputProps) {
  const input = <input type="text" {...rest} className={`input ${className}`} onChange={(event) => onChange?.(event.target.value)} />;
  if (!unit) return input;
  return (
    <span className="with-unit" style={{ '--unit-width': `${unit.length}ch` } as React.CSSProperties}>
      {input}
      <span className="unit">{unit}</span>
    </span>
  );
}

/** A number as text: what was typed is kept, and the server's rules judge it. */
export function NumberInput(props: InputProps) {
  return <TextInput inputMode="decimal" autoComplete="off" className="num" {...props} />;
}

export function TextArea({ onChange, ...rest }: Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'onChange'> & { onChange?: (value: string) => void }) {
  return <textarea {...rest} className="textarea" onChange={(event) => onChange?.(event.target.value)} />;
}

export interface Option {
  value: string;
  label: string;
}

export function Select({ options, onChange, empty, ...rest }: Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange'> & { options: Option[]; onChange?: (value: string) => void; empty?: string | undefined }) {
  return (
    <select {...rest} className={`select ${rest.className ?? ''}`} onChange={(event) => onChange?.(event.target.value)}>
      {empty !== undefined && <option value="">{empty}</option>}
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

export function Checkbox({ label, onChange, mixed, ...rest }: Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> & { label: ReactNode; onChange?: (checked: boolean) => void; mixed?: boolean }) {
  return (
    <label className="check">
      <input type="checkbox" {...rest} ref={(box) => { if (box) box.indeterminate = mixed ?? false; }} onChange={(event) => onChange?.(event.target.checked)} />
      <span>{label}</span>
    </label>
  );
}

export function Switch({ onChange, ...rest }: Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> & { onChange?: (checked: boolean) => void }) {
  return <input type="checkbox" role="switch" {...rest} className="switch" onChange={(event) => onChange?.(event.target.checked)} />;
}

export interface Segment<V extends string> {
  value: V;
  label: ReactNode;
}

/** One of few, all visible. */
export function Segmented<V extends string>({ value, segments, onChange, label }: { value: V; segments: Segment<V>[]; onChange: (value: V) => void; label: string }) {
  const move = (step: number) => {
    const at = segments.findIndex((segment) => segment.value === value);
    const next = segments[(at + step + segments.length) % segments.length];
    if (next) onChange(next.value);
  };
  return (
    <div
      className="segmented" role="radiogroup" aria-label={label}
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') move(1);
        if (event.key === 'ArrowLeft') move(-1);
      }}
    >
      {segments.map((segment) => (
        <button
          key={segment.value} type="button" role="radio" aria-checked={segment.value === value} tabIndex={segment.value === value ? 0 : -1}
          onClick={() => onChange(segment.value)}
        >
          {segment.label}
        </button>
      ))}
    </div>
  );
}
