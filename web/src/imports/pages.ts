import { FileSpreadsheet } from 'lucide-react';
import type { ActionEntry, PageEntry, RunLinks } from '@/pages/registry';

const READ = 'planning.import.read';

export const pages: PageEntry[] = [
  {
    path: '/plants/$plantId/import', title: { en: 'Import', es: 'Importar', de: 'Import' }, load: () => import('./Bring'), permission: READ,
    nav: { group: 'plan', order: 18, icon: FileSpreadsheet }, also: 'excel workbook csv xlsx upload libro hoja cargar arbeitsmappe einlesen hochladen',
  },
  { path: '/plants/$plantId/import/$importId', title: { en: 'Import', es: 'Importación', de: 'Import' }, load: () => import('./Session'), permission: READ },
];

export const actions: ActionEntry[] = [
  { id: 'import-workbook', title: { en: 'Import a workbook', es: 'Importar un libro de Excel', de: 'Arbeitsmappe importieren' }, icon: FileSpreadsheet, permission: 'planning.import.create', to: '/plants/$plantId/import' },
];

/** Reading, importing and taking back all lead to the session that they work on. */
const session = (run: Parameters<RunLinks[string]>[0]): string | null => {
  const id = (run.payload as { import_id?: string } | null | undefined)?.import_id;
  return id && run.plant_id ? `/plants/${run.plant_id}/import/${id}` : null;
};

export const runLinks: RunLinks = { 'planning.import': session, 'planning.import_commit': session, 'planning.import_undo': session };
