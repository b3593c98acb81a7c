import { Gauge, LayoutDashboard } from 'lucide-react';
import type { PageEntry } from '@/pages/registry';

const READ = 'planning.scenario.read';

export const pages: PageEntry[] = [
  {
    path: '/overview', title: { en: 'All plants', es: 'Todas las plantas', de: 'Alle Werke' }, load: () => import('./Overview'), permission: READ,
    nav: { group: 'overview', order: 2, icon: LayoutDashboard }, also: 'dashboard executive management tablero ejecutivo dirección übersicht leitung',
  },
  {
    path: '/plants/$plantId/dashboard', title: { en: 'Plant at a glance', es: 'La planta de un vistazo', de: 'Werk auf einen Blick' }, load: () => import('./PlantDashboard'), permission: READ,
    nav: { group: 'overview', order: 4, icon: Gauge }, also: 'dashboard utilization constraint tablero utilización cuello auslastung engpass',
  },
];
