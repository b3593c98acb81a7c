import { ClipboardList, ListOrdered, MailWarning } from 'lucide-react';
import type { PageEntry, RecordActions, RecordLinks } from '@/pages/registry';

export const pages: PageEntry[] = [
  {
    path: '/plants/$plantId/orders', title: { en: 'Orders', es: 'Órdenes', de: 'Aufträge' }, load: () => import('./Orders'), permission: 'production.manufacturing_order.read',
    nav: { group: 'floor', order: 10, icon: ClipboardList }, also: 'production manufacturing release hold split fabricación liberar fertigung freigeben',
  },
  { path: '/plants/$plantId/orders/$orderId', title: { en: 'Order', es: 'Orden', de: 'Auftrag' }, load: () => import('./OrderDetail'), permission: 'production.manufacturing_order.read' },
  {
    path: '/plants/$plantId/dispatch', title: { en: 'Dispatch', es: 'Secuencia', de: 'Reihenfolge' }, load: () => import('./Dispatch'), permission: 'production.job.read',
    nav: { group: 'floor', order: 12, icon: ListOrdered }, also: 'gantt schedule jobs sequence programa trabajos arbeitsvorrat plan',
  },
  {
    path: '/plants/$plantId/terminals', title: { en: 'Entries to decide', es: 'Entradas por decidir', de: 'Zu entscheidende Einträge' }, load: () => import('./Conflicts'), permission: 'production.terminal.resolve',
    nav: { group: 'floor', order: 54, icon: MailWarning }, also: 'conflicts terminal offline conflictos konflikte',
  },
];

/** An order is at home beside its jobs. */
export const recordLinks: RecordLinks = { manufacturing_order: (id, plantId) => (plantId ? `/plants/${plantId}/orders/${id}` : `/data/manufacturing-orders/${id}`) };

/** People of the floor get their PIN on their page. */
export const recordActions: RecordActions = { operator: () => import('./OperatorPin') };
