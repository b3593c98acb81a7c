import { Boxes, Network } from 'lucide-react';
import type { PageEntry, RecordLinks } from '@/pages/registry';

export const pages: PageEntry[] = [
  {
    path: '/plants/$plantId/stock', title: { en: 'Stock', es: 'Existencias', de: 'Bestand' }, load: () => import('./Stock'), permission: 'inventory.stock.read',
    nav: { group: 'floor', order: 30, icon: Boxes }, also: 'inventory warehouse lots materials receive issue almacén material lager bestand material lose',
  },
  {
    path: '/plants/$plantId/trace', title: { en: 'Genealogy', es: 'Genealogía', de: 'Herkunft' }, load: () => import('./Trace'), permission: 'inventory.genealogy.read',
    nav: { group: 'floor', order: 32, icon: Network }, also: 'trace recall traceability trazabilidad retirada rückverfolgung rückruf',
  },
  { path: '/plants/$plantId/trace/$kind/$nodeId', title: { en: 'Genealogy', es: 'Genealogía', de: 'Herkunft' }, load: () => import('./Trace'), permission: 'inventory.genealogy.read' },
];

/** A lot or serial is at home in its genealogy. */
export const recordLinks: RecordLinks = {
  lot: (id, plantId) => (plantId ? `/plants/${plantId}/trace/lot/${id}` : `/data/lots/${id}`),
  serial: (id, plantId) => (plantId ? `/plants/${plantId}/trace/serial/${id}` : `/data/serials/${id}`),
};
