import { Boxes, Network, Tally5 } from 'lucide-react';
import type { PageEntry, RecordActions, RecordLinks } from '@/pages/registry';

export const pages: PageEntry[] = [
  {
    path: '/plants/$plantId/stock', title: { en: 'Stock', es: 'Existencias', de: 'Bestand' }, load: () => import('./Stock'), permission: 'inventory.stock.read',
    nav: { group: 'floor', order: 30, icon: Boxes }, also: 'inventory warehouse lots materials receive issue almacén material lager bestand material lose',
  },
  {
    path: '/plants/$plantId/counts', title: { en: 'Counts to decide', es: 'Recuentos por decidir', de: 'Zu entscheidende Zählungen' }, load: () => import('./Counts'), permission: 'inventory.stock.read',
    nav: { group: 'floor', order: 31, icon: Tally5 }, also: 'stock count inventory approve tolerance recuento inventario aprobar zählung inventur genehmigen',
  },
  {
    path: '/plants/$plantId/trace', title: { en: 'Genealogy', es: 'Genealogía', de: 'Herkunft' }, load: () => import('./Trace'), permission: 'inventory.genealogy.read',
    nav: { group: 'floor', order: 32, icon: Network }, also: 'trace recall traceability trazabilidad retirada rückverfolgung rückruf',
  },
  { path: '/plants/$plantId/trace/$kind/$nodeId', title: { en: 'Genealogy', es: 'Genealogía', de: 'Herkunft' }, load: () => import('./Trace'), permission: 'inventory.genealogy.read' },
];

/** A lot or serial is at home in its genealogy; a count that waits, where it is decided. */
export const recordLinks: RecordLinks = {
  stock_count: (_, plantId) => `/plants/${plantId}/counts`,
  lot: (id, plantId) => (plantId ? `/plants/${plantId}/trace/lot/${id}` : `/data/lots/${id}`),
  serial: (id, plantId) => (plantId ? `/plants/${plantId}/trace/serial/${id}` : `/data/serials/${id}`),
};

/** A range of numbers gives them out as license plates. */
export const recordActions: RecordActions = { sscc_range: () => import('./TakePlates') };
