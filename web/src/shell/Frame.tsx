/** The frame around every page: top bar, navigation, content, and what floats above them. */
import { Outlet, useMatches } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useMay } from '@/api/session';
import { pages } from '@/pages/registry';
import { Dialog, Empty, Loading, Toasts } from '@/ui';
import { useReach } from '@/offline/reach';
import { useLanguage, useWords } from '@/words';
import { Lock } from 'lucide-react';
import { Navigation } from './Navigation';
import { Regain } from './Regain';
import { Shortcuts, useShortcuts } from './Shortcuts';
import { TopBar } from './TopBar';
import { useRemember } from './recent';
import { useBrand } from './use-brand';
import { shellWords } from './shell.words';

const Palette = lazy(() => import('./Palette').then((part) => ({ default: part.Palette })));

const NARROW = 'gemba.narrow';

/** The page, unless somebody may not see it: then what is missing. */
function Guarded() {
  const t = useWords(shellWords);
  const may = useMay();
  const here = useMatches().at(-1)?.fullPath;
  const page = pages.find((one) => one.path === here);
  if (page?.permission && !may(page.permission)) {
    const permission = Array.isArray(page.permission) ? page.permission.join(' / ') : page.permission;
    return <Empty icon={<Lock size={28} />} title={t('noPermission')}>{t('noPermissionText', { permission })}</Empty>;
  }
  return <Outlet />;
}

/** Says that the server does not answer, and how old is what is shown in its place. */
function Unanswered() {
  const t = useWords(shellWords);
  const language = useLanguage();
  const { answers, since } = useReach();
  if (answers) return null;
  const at = since?.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  return <div className="offline-bar" role="status">{at ? t('offlineKept', { at }) : t('offline')}</div>;
}

/** A page that is the whole screen, or one inside the frame. */
export function Frame() {
  const here = useMatches().at(-1)?.fullPath;
  return pages.some((page) => page.isBare && page.path === here) ? <Bare /> : <Framed />;
}

function Bare() {
  useBrand();
  return (
    <>
      <Suspense fallback={<Loading />}>
        <Guarded />
      </Suspense>
      <Regain />
      <Toasts />
    </>
  );
}

function Framed() {
  const t = useWords(shellWords);
  const [narrow, setNarrow] = useState(localStorage.getItem(NARROW) === 'yes');
  const [menu, setMenu] = useState(false);
  const [layer, setLayer] = useState<'palette' | 'shortcuts' | null>(null);
  const ways = { onFind: () => setLayer('palette'), onShortcuts: () => setLayer('shortcuts') };
  useShortcuts(ways);
  useRemember();
  useBrand();
  const fold = () => {
    localStorage.setItem(NARROW, narrow ? 'no' : 'yes');
    setNarrow(!narrow);
  };
  return (
    <div className={`frame-root ${narrow ? 'narrow' : ''}`}>
      <a className="btn skip" href="#content">{t('skip')}</a>
      <TopBar {...ways} onMenu={() => setMenu(true)} />
      <Navigation narrow={narrow} onFold={fold} />
      <main id="content" className="content" tabIndex={-1}>
        <Unanswered />
        <Suspense fallback={<Loading />}>
          <Guarded />
        </Suspense>
      </main>
      {menu && (
        <Dialog title="Gemba" onClose={() => setMenu(false)}>
          <Navigation className="phone-nav" onGo={() => setMenu(false)} />
        </Dialog>
      )}
      <Suspense>
        {layer === 'palette' && <Palette onClose={() => setLayer(null)} onShortcuts={ways.onShortcuts} />}
        {layer === 'shortcuts' && <Shortcuts onClose={() => setLayer(null)} />}
      </Suspense>
      <Regain />
      <Toasts />
    </div>
  );
}
