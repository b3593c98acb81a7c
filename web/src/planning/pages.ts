import { FlaskConical, GitCompareArrows } from 'lucide-react';
import type { PageEntry, RecordLinks, RunLinks } from '@/pages/registry';

const READ = 'planning.scenario.read';

export const pages: PageEntry[] = [
  {
    path: '/plants/$plantId/scenarios', title: { en: 'Scenarios', es: 'Escenarios', de: 'Szenarien' }, load: () => import('./Scenarios'), permission: READ,
    nav: { group: 'plan', order: 10, icon: FlaskConical }, also: 'plan what-if optimize sandbox capacity escenario optimizar szenario planen',
  },
  { path: '/plants/$plantId/scenarios/$scenarioId', title: { en: 'Scenario', es: 'Escenario', de: 'Szenario' }, load: () => import('./workbench/Workbench'), permission: READ },
  {
    path: '/plants/$plantId/compare', title: { en: 'Compare scenarios', es: 'Comparar escenarios', de: 'Szenarien vergleichen' }, load: () => import('./compare/Compare'), permission: READ,
    nav: { group: 'plan', order: 12, icon: GitCompareArrows }, also: 'difference versus diferencia unterschied',
  },
];

/** A scenario is at home in its workbench. */
export const recordLinks: RecordLinks = { scenario: (id, plantId) => (plantId ? `/plants/${plantId}/scenarios/${id}` : `/data/scenarios/${id}`) };

/** An optimization leads to its scenario. */
export const runLinks: RunLinks = {
  'planning.optimize': (run) => {
    const id = (run.payload as { scenario_id?: string } | null | undefined)?.scenario_id;
    return id && run.plant_id ? `/plants/${run.plant_id}/scenarios/${id}` : null;
  },
};
