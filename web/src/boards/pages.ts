import { ClipboardCheck, Gauge, LayoutGrid, ListChecks, TimerOff } from 'lucide-react';
import type { PageEntry, RecordLinks } from '@/pages/registry';

const READ = 'production.kpi.read';

export const pages: PageEntry[] = [
  {
    path: '/plants/$plantId/board', title: { en: 'Plant board', es: 'Tablero de planta', de: 'Werkstafel' }, load: () => import('./PlantBoard'), permission: READ,
    nav: { group: 'floor', order: 2, icon: LayoutGrid }, also: 'andon lines live wall kiosk líneas pared linien wand',
  },
  { path: '/plants/$plantId/lines/$lineId/board', title: { en: 'Line board', es: 'Tablero de línea', de: 'Linientafel' }, load: () => import('./LineBoard'), permission: READ },
  {
    path: '/plants/$plantId/progress', title: { en: 'Order progress', es: 'Avance de órdenes', de: 'Auftragsfortschritt' }, load: () => import('./Progress'), permission: READ,
    nav: { group: 'floor', order: 14, icon: ListChecks }, also: 'late orders retraso spät',
  },
  {
    path: '/plants/$plantId/kpis', title: { en: 'Key figures', es: 'Indicadores', de: 'Kennzahlen' }, load: () => import('./Kpis'), permission: READ,
    nav: { group: 'floor', order: 20, icon: Gauge }, also: 'oee kpi availability quality iso 22400 disponibilidad verfügbarkeit',
  },
  {
    path: '/plants/$plantId/downtime', title: { en: 'Downtime', es: 'Paradas', de: 'Stillstände' }, load: () => import('./Downtime'), permission: READ,
    nav: { group: 'floor', order: 22, icon: TimerOff }, also: 'pareto stops losses pérdidas verluste',
  },
  {
    path: '/plants/$plantId/shift-report', title: { en: 'Shift report', es: 'Informe de turno', de: 'Schichtbericht' }, load: () => import('./ShiftReport'), permission: READ,
    nav: { group: 'floor', order: 24, icon: ClipboardCheck }, also: 'handover relevo übergabe',
  },
];

/** A call for help is answered at the board. */
export const recordLinks: RecordLinks = { andon_call: (_, plantId) => `/plants/${plantId}/board` };
