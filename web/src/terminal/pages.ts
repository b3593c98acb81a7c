import { MonitorSmartphone } from 'lucide-react';
import type { PageEntry } from '@/pages/registry';

export const pages: PageEntry[] = [
  {
    path: '/terminal', title: { en: 'Terminal', es: 'Terminal', de: 'Terminal' }, load: () => import('./Choose'), permission: 'production.terminal.read',
    nav: { group: 'floor', order: 50, icon: MonitorSmartphone }, also: 'operator tablet shop floor operador tableta bediener tablet',
  },
  { path: '/terminal/$terminalId', title: { en: 'Terminal', es: 'Terminal', de: 'Terminal' }, load: () => import('./Terminal'), permission: 'production.terminal.read', isBare: true },
];
