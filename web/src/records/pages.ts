import { CalendarDays, Database, Factory, Network, Package, TrendingUp } from 'lucide-react';
import type { LinkEntry, PageEntry } from '@/pages/registry';

export const pages: PageEntry[] = [
  { path: '/data', title: { en: 'All data', es: 'Todos los datos', de: 'Alle Daten' }, load: () => import('./Catalogue'), nav: { group: 'factory', order: 90, icon: Database } },
  { path: '/data/$kind', title: { en: 'Records', es: 'Registros', de: 'Einträge' }, load: () => import('./List') },
  { path: '/data/$kind/import', title: { en: 'Import', es: 'Importar', de: 'Importieren' }, load: () => import('./Import') },
  { path: '/data/$kind/$id', title: { en: 'Record', es: 'Registro', de: 'Eintrag' }, load: () => import('./Detail') },
];

export const links: LinkEntry[] = [
  { to: '/data/lines', title: { en: 'Lines', es: 'Líneas', de: 'Linien' }, permission: 'factory.line.read', nav: { group: 'factory', order: 10, icon: Factory } },
  { to: '/data/items', title: { en: 'Items', es: 'Artículos', de: 'Artikel' }, permission: 'factory.item.read', nav: { group: 'factory', order: 20, icon: Package } },
  { to: '/data/capabilities', title: { en: 'Capabilities', es: 'Capacidades', de: 'Fähigkeiten' }, permission: 'factory.capability.read', nav: { group: 'factory', order: 30, icon: Network } },
  { to: '/data/demand', title: { en: 'Demand', es: 'Demanda', de: 'Bedarf' }, permission: 'factory.demand.read', nav: { group: 'factory', order: 40, icon: TrendingUp } },
  { to: '/data/calendars', title: { en: 'Calendars', es: 'Calendarios', de: 'Kalender' }, permission: 'factory.calendar.read', nav: { group: 'factory', order: 50, icon: CalendarDays } },
];
