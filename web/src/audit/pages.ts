import { BookLock, Hourglass } from 'lucide-react';
import type { PageEntry } from '@/pages/registry';

export const pages: PageEntry[] = [
  { path: '/admin/audit', title: { en: 'Audit trail', es: 'Registro de auditoría', de: 'Prüfprotokoll' }, load: () => import('./Audit'), permission: 'audit.event.read', nav: { group: 'administration', order: 70, icon: BookLock }, also: 'who changed log verify quién cambió verificar wer geändert prüfen' },
  { path: '/admin/retention', title: { en: 'Retention', es: 'Conservación', de: 'Aufbewahrung' }, load: () => import('./Retention'), permission: ['audit.retention.read', 'audit.hold.read'], nav: { group: 'administration', order: 75, icon: Hourglass }, also: 'legal hold erase gdpr retención borrar löschen dsgvo' },
];
