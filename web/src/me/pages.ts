import type { PageEntry } from '@/pages/registry';

export const pages: PageEntry[] = [{ path: '/me', title: { en: 'My account', es: 'Mi cuenta', de: 'Mein Konto' }, load: () => import('./Me') }];
