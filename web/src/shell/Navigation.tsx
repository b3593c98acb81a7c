/** The pages somebody may open, in their groups. */
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { Link } from '@tanstack/react-router';
import { fillPlant, useMay, usePlant } from '@/api/session';
import type { LucideIcon } from 'lucide-react';
import { links, pages, type NavGroup } from '@/pages/registry';
import { useWord, useWords, type Word } from '@/words';
import { shellWords } from './shell.words';

const GROUPS: NavGroup[] = ['overview', 'plan', 'floor', 'factory', 'work', 'administration'];

export interface Offer {
  title: Word;
  to: string;
  nav: { group: NavGroup; order: number; icon: LucideIcon };
  also?: string | undefined;
}

/** What is offered to this person at this plant, in order. */
export function useOffered(): Offer[] {
  const may = useMay();
  const plant = usePlant();
  const fromPages = pages.flatMap((page) => {
    const to = fillPlant(page.path, plant);
    return page.nav && to && may(page.permission) ? [{ title: page.title, to, nav: page.nav, also: page.also }] : [];
  });
  const fromLinks = links.flatMap((link) => {
    const to = fillPlant(link.to, plant);
    return to && may(link.permission) ? [{ title: link.title, to, nav: link.nav }] : [];
  });
  return [...fromPages, ...fromLinks].sort((a, b) => a.nav.order - b.nav.order);
}

export function Navigation({ narrow, onFold, onGo, className = '' }: { narrow?: boolean; onFold?: () => void; onGo?: () => void; className?: string }) {
  const t = useWords(shellWords);
  const say = useWord();
  const offered = useOffered();
  return (
    <nav className={`sidebar ${className}`} aria-label={t('navigation')}>
      {GROUPS.map((group) => {
        const inside = offered.filter((offer) => offer.nav.group === group);
        if (inside.length === 0) return null;
        return (
          <div key={group} style={{ display: 'contents' }}>
            <div className="group">{t(group)}</div>
            {inside.map(({ title, to, nav: { icon: Icon } }) => {
              const exact = to === '/' || offered.some((other) => other.to !== to && other.to.startsWith(`${to}/`));
              return (
                <Link key={to} to={to} title={say(title)} activeOptions={{ exact, includeSearch: false }} activeProps={{ className: 'active' }} {...(onGo ? { onClick: onGo } : {})}>
                  <Icon size={16} />
                  <span>{say(title)}</span>
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
