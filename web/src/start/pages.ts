import { House } from 'lucide-react';
import type { PageEntry } from '@/pages/registry';

export const pages: PageEntry[] = [
  { path: '/', title: { en: 'Start', es: 'Inicio', de: 'Start' }, load: () => import('./Start'), nav: { group: 'overview', order: 0, icon: House } },
];
