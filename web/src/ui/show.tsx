/** What a page is made of: its head, panels, figures, states of loading, emptiness and failure. */
import { CircleAlert, Compass, Info, TriangleAlert, CircleCheck } from 'lucide-react';
import { Link } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { Problem } from '@/api/problem';
import { useWords } from '@/words';
import { Button } from './controls';
import { messageOf, requestIdOf } from './errors';
import { uiWords } from './ui.words';

export interface PageProps {
  title: string;
  /** What this screen answers, in a sentence. */
  about?: ReactNode;
  crumbs?: { label: string; to: string }[];
  actions?: ReactNode;
  /** Beside the title: state, version. */
  beside?: ReactNode;
  /** The page is as high as the window and scrolls inside. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({ title, about, crumbs, actions, beside, fill, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Gemba`;
  }, [title]);
  return (
    <div className={`page ${fill ? 'fill' : ''}`}>
      <header className="page-head">
        <div className="titles">
          {crumbs && (
            <nav className="crumbs" aria-label="Breadcrumb">
              {crumbs.map((crumb) => (
                <span key={crumb.to} className="row" style={{ gap: 6 }}>
                  <Link to={crumb.to}>{crumb.label}</Link>
                  <span aria-hidden="true">/</span>
                </span>
              ))}
            </nav>
          )}
          <div className="row wrap">
            <h1>{title}</h1>
            {beside}
          </div>
          {about && <p className="about">{about}</p>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Panel({ title, actions, children, flush }: { title?: ReactNode; actions?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className="panel">
      {(title !== undefined || actions) && (
        <div className="head">
          <h2 className="grow">{title}</h2>
          {actions}
        </div>
      )}
      {flush ? children : <div className="body">{children}</div>}
    </section>
  );
}

export type Tone = 'ok' | 'warn' | 'danger' | 'info' | 'accent';

export function Badge({ tone, children }: { tone?: Tone | undefined; children: ReactNode }) {
  return <span className={`badge ${tone ?? ''}`}>{children}</span>;
}

/** One number with its unit, and what it means. */
export function Figure({ name, value, unit, note }: { name: ReactNode; value: ReactNode; unit?: ReactNode; note?: ReactNode }) {
  return (
    <div className="figure">
      <div className="name">{name}</div>
      <div className="value">
        {value}
        {unit && <small>{unit}</small>}
      </div>
      {note && <div className="note">{note}</div>}
    </div>
  );
}

const NOTICE = { info: Info, warn: TriangleAlert, danger: CircleAlert, ok: CircleCheck };

export function Notice({ tone = 'info', children, action }: { tone?: keyof typeof NOTICE; children: ReactNode; action?: ReactNode }) {
  const Icon = NOTICE[tone];
  return (
    <div className={`notice ${tone}`} role={tone === 'danger' ? 'alert' : undefined}>
      <Icon size={16} />
      <div className="grow">{children}</div>
      {action}
    </div>
  );
}

/** An empty page teaches: what belongs here, and the one next step. */
export function Empty({ icon, title, children, actions }: { icon?: ReactNode; title: ReactNode; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      {icon}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className="actions">{actions}</div>}
    </div>
  );
}

/** What failed, what to do, and the request's number. */
export function ErrorView({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const t = useWords(uiWords);
  const id = requestIdOf(error);
  const missing = error instanceof Problem && error.status === 404;
  return (
    <div className="empty" role="alert">
      {missing ? <Compass size={28} /> : <CircleAlert size={28} />}
      <h2>{missing ? t('notFound') : t('wentWrong')}</h2>
      <p>{missing ? t('notFoundText') : messageOf(error)}</p>
      {error instanceof Problem && error.errors.length > 0 && (
        <ul className="small">
          {error.errors.map((field) => (
            <li key={field.pointer + field.code}>
              {field.pointer && <code>{field.pointer}</code>} {field.detail}
            </li>
          ))}
        </ul>
      )}
      {id && (
        <p className="small faint" title={t('requestHelp')}>
          {t('requestId', { id })}
        </p>
      )}
      <div className="actions">
        {onRetry && <Button onClick={onRetry}>{t('retry')}</Button>}
        {missing && <Link className="btn" to="/">{t('toStart')}</Link>}
      </div>
    </div>
  );
}

export function Progress({ value, label = '…' }: { value?: number | null | undefined; label?: string }) {
  const known = typeof value === 'number';
  return (
    <div className={`progress ${known ? '' : 'unknown'}`} role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={known ? Math.round(value * 100) : undefined} aria-label={label}>
      <span style={known ? { width: `${Math.round(value * 100)}%` } : undefined} />
    </div>
  );
}

export function Loading({ lines = 6 }: { lines?: number }) {
  const t = useWords(uiWords);
  return (
    <div className="stack-s" role="status" aria-label={t('loading')} style={{ padding: 16 }}>
      {Array.from({ length: lines }, (_, at) => (
        <div key={at} className="skeleton" style={{ width: `${92 - ((at * 37) % 50)}%` }} />
      ))}
    </div>
  );
}

export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className="kbd">{children}</kbd>;
}

/** The colours of utilisation, everywhere the same; `share` is 1 at exactly full. */
export function utilisation(share: number): { name: 'low' | 'good' | 'high' | 'full' | 'over'; color: string; soft: string } {
  const name = share < 0.7 ? 'low' : share < 0.85 ? 'good' : share < 0.95 ? 'high' : share <= 1.000001 ? 'full' : 'over';
  return { name, color: `var(--use-${name})`, soft: `var(--use-${name}-soft)` };
}
