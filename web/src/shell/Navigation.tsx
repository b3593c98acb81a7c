/** The pages somebody may open, in their groups. */
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { Link } from '@tanstack/react-router';
import { fillPlant, useMay, usePlant } from '@/api/session';
import { pages, type NavGroup, type PageEntry } from '@/pages/registry';
import { useWord, useWords } from '@/words';
import { shellWords } from './shell.words';

const GROUPS: NavGroup[] = ['overview', 'plan', 'factory', 'work', 'administration'];

interface Entry {
  page: PageEntry;
  to: string;
}

/** What is offered to this person at this plant. */
export function useOffered(): Entry[] {
  const may = useMay();
  const plant = usePlant();
  return pages
    .filter((page) => page.nav && may(page.permission))
    .map((page) => ({ page, to: fillPlant(page.path, plant) }))
    .filter((entry): entry is Entry => entry.to !== null)
    .sort((a, b) => (a.page.nav?.order ?? 0) - (b.page.nav?.order ?? 0));
}

export function Navigation({ narrow, onFold, onGo, className = '' }: { narrow?: boolean; onFold?: () => void; onGo?: () => void; className?: string }) {
  const t = useWords(shellWords);
  const say = useWord();
  const offered = useOffered();
  return (
    <nav className={`sidebar ${className}`} aria-label={t('navigation')}>
      {GROUPS.map((group) => {
        const inside = offered.filter((entry) => entry.page.nav?.group === group);
        if (inside.length === 0) return null;
        return (
          <div key={group} style={{ display: 'contents' }}>
            <div className="group">{t(group)}</div>
            {inside.map(({ page, to }) => {
              const Icon = page.nav?.icon;
              return (
                <Link key={page.path} to={to} title={say(page.title)} activeOptions={{ exact: to === '/', includeSearch: false }} activeProps={{ className: 'active' }} {...(onGo ? { onClick: onGo } : {})}>
                  {Icon && <Icon size={16} />}
                  <span>{say(page.title)}</span>
                </Link>
              );
            })}
          </div>
        );
      })}
      {onFold && (
        <div className="fold">
          <button type="button" className="btn ghost icon" aria-label={t(narrow ? 'expand' : 'collapse')} title={t(narrow ? 'expand' : 'collapse')} onClick={onFold}>
            {narrow ? <PanelLeftOpen size={16} /> : <PanelLeftClose size={16} />}
          </button>
        </div>
      )}
    </nav>
  );
}
