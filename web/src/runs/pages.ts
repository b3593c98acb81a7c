import { Activity } from 'lucide-react';
import type { PageEntry } from '@/pages/registry';

export const pages: PageEntry[] = [
  { path: '/runs', title: { en: 'Runs', es: 'Ejecuciones', de: 'Läufe' }, load: () => import('./Runs'), nav: { group: 'work', order: 90, icon: Activity } },
  { path: '/runs/$id', title: { en: 'Run', es: 'Ejecución', de: 'Lauf' }, load: () => import('./Run') },
];
