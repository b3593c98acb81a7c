import { Workflow } from 'lucide-react';
import type { PageEntry } from '@/pages/registry';

export const pages: PageEntry[] = [
  {
    path: '/plants/$plantId/canvas', title: { en: 'Plant canvas', es: 'Lienzo de la planta', de: 'Werksplan' }, load: () => import('./Canvas'), permission: 'factory.line.read',
    nav: { group: 'plan', order: 14, icon: Workflow }, also: 'layout map flow drawing mapa flujo zeichnung layout',
  },
];
