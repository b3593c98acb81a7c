/** Where somebody is (organization, plant), the way to anything, what is running, and their account. */
import { Building2, ChevronDown, Factory, Languages, LogOut, Menu as MenuIcon, MonitorCog, Moon, Rows3, Rows4, Search, Sun, Keyboard, FileCode2, UserCog } from 'lucide-react';
import { Link, useMatches, useNavigate } from '@tanstack/react-router';
import { api } from '@/api/client';
import { Unreachable } from '@/api/problem';
import { fillPlant, useMe, usePlant, usePlants } from '@/api/session';
import { forgetPlans, pauseKeeping } from '@/offline/kept';
import { Kbd, Menu, MenuItem, toastError } from '@/ui';
import { currentLanguage, fill, LANGUAGES, setLanguage, useLanguage, useWords } from '@/words';
import { keepLooks, looksKept, setDensity, setTheme, useDensity, useTheme } from './preferences';
import { Notifications } from './Notifications';
import { RunTray } from './RunTray';
import { shellWords } from './shell.words';

function PlantSwitcher() {
  const t = useWords(shellWords);
  const plants = usePlants();
  const plant = usePlant();
  const navigate = useNavigate();
  const matches = useMatches();
  const go = (id: string) => {
    const here = matches.at(-1)?.fullPath ?? '/';
    const chosen = plants.find((one) => one.id === id) ?? null;
    localStorage.setItem('gemba.plant', id);
    // A page about one thing of another plant is left for the page of things; one about the plant stays.
    const base = here.includes('$plantId') ? here.split('/').slice(0, 4).join('/') : '/';
    const to = base.includes('$') ? fillPlant(base, chosen) : base;
    void navigate({ to: to ?? '/' });
  };
  if (plants.length === 0) return <span className="muted">{t('noPlant')}</span>;
  return (
    <Menu button={{ look: 'ghost', icon: <Factory size={15} />, label: `${t('plant')}: ${plant?.name ?? ''}`, children: <><span className="ellipsis" style={{ maxWidth: '22ch' }}>{plant?.name}</span><ChevronDown size={14} /></> }}>
      <div className="heading">{t('choosePlant')}</div>
      {plants.map((one) => (
        <MenuItem key={one.id} checked={one.id === plant?.id} hint={one.code} onSelect={() => go(one.id)}>
          {one.name}
        </MenuItem>
      ))}
    </Menu>
  );
}

/** Ends the session. The browser forgets all of this site with it, but not how somebody likes to see it. */
async function signOut(): Promise<void> {
  const waiting = await import('@/terminal/leaving').then((part) => part.entriesHere()).catch(() => 0);
  if (waiting > 0) return toastError(new Error(fill(shellWords[currentLanguage()].entriesWait, { n: waiting }, currentLanguage())));
  pauseKeeping();
  await forgetPlans().catch(() => undefined);
  const looks = looksKept();
  try {
    const { data } = await api.POST('/api/v1/auth/logout');
    keepLooks(looks);
    const elsewhere = (data as { end_session_url?: string } | undefined)?.end_session_url;
    location.replace(elsewhere ?? '/sign-in');
  } catch (error) {
    if (error instanceof Unreachable) return toastError(new Error(shellWords[currentLanguage()].notSignedOut));
    location.replace('/sign-in');
  }
}

function AccountMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const t = useWords(shellWords);
  const me = useMe();
  const theme = useTheme();
  const density = useDensity();
  const language = useLanguage();
  const initials = me.name.split(/\s+/).map((part) => part[0] ?? '').join('').slice(0, 2).toUpperCase();
  return (
    <Menu align="end" button={{ look: 'ghost', label: t('account'), icon: <span className="person" data-initials={initials} /> }}>
      <div className="heading">
        <div style={{ color: 'var(--text)', fontSize: 'var(--size)' }}>{me.name}</div>
        {me.email}
      </div>
      <MenuItem icon={<UserCog size={15} />} to="/me">{t('myAccount')}</MenuItem>
      <hr />
      <div className="heading">{t('theme')}</div>
      <MenuItem icon={<MonitorCog size={15} />} checked={theme === 'system'} onSelect={() => setTheme('system')}>{t('themeSystem')}</MenuItem>
      <MenuItem icon={<Sun size={15} />} checked={theme === 'light'} onSelect={() => setTheme('light')}>{t('themeLight')}</MenuItem>
      <MenuItem icon={<Moon size={15} />} checked={theme === 'dark'} onSelect={() => setTheme('dark')}>{t('themeDark')}</MenuItem>
      <div className="heading">{t('density')}</div>
      <MenuItem icon={<Rows4 size={15} />} checked={density === 'compact'} onSelect={() => setDensity('compact')}>{t('compact')}</MenuItem>
      <MenuItem icon={<Rows3 size={15} />} checked={density === 'comfortable'} onSelect={() => setDensity('comfortable')}>{t('comfortable')}</MenuItem>
      <div className="heading">{t('language')}</div>
      {Object.entries(LANGUAGES).map(([code, name]) => (
        <MenuItem key={code} icon={<Languages size={15} />} checked={language === code} onSelect={() => setLanguage(code)}>{name}</MenuItem>
      ))}
      <hr />
      <MenuItem icon={<Keyboard size={15} />} hint={<Kbd>?</Kbd>} onSelect={onShortcuts}>{t('shortcuts')}</MenuItem>
      <MenuItem icon={<FileCode2 size={15} />} href="/api/docs">{t('apiDocs')}</MenuItem>
      <hr />
      <MenuItem icon={<LogOut size={15} />} onSelect={() => void signOut()}>{t('signOut')}</MenuItem>
    </Menu>
  );
}

export function TopBar({ onFind, onMenu, onShortcuts }: { onFind: () => void; onMenu: () => void; onShortcuts: () => void }) {
  const t = useWords(shellWords);
  const me = useMe();
  return (
    <header className="topbar">
      <button type="button" className="btn ghost icon only-phone" aria-label={t('menu')} onClick={onMenu}>
        <MenuIcon size={18} />
      </button>
      <Link to="/" className="brand" aria-label="Gemba">
        <img src="/icon.svg" width={24} height={24} alt="" />
        <span>Gemba</span>
      </Link>
      <div className="context">
        <Building2 size={15} className="only-wide faint" aria-hidden="true" />
        <span className="org ellipsis" title={t('organization')}>{me.organization.name}</span>
        <span className="slash" aria-hidden="true">/</span>
        <PlantSwitcher />
      </div>
      <span className="grow" />
      <button type="button" className="finder" onClick={onFind} aria-keyshortcuts="Control+K">
        <Search size={15} />
        <span className="ellipsis">{t('findAnything')}</span>
        <Kbd>Ctrl K</Kbd>
      </button>
      <RunTray />
      <Notifications />
      <AccountMenu onShortcuts={onShortcuts} />
    </header>
  );
}
