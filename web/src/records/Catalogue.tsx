/** All kinds of record somebody may see, by what they are about. */
import { Link } from '@tanstack/react-router';
import { Page, Panel } from '@/ui';
import { useWords } from '@/words';
import { holds, useKinds, type Kind } from './kinds';
import { useKindWords } from './kind-words';
import { recordsWords } from './records.words';
import './records.css';

const GROUPS = {
  places: ['region', 'plant', 'area', 'line', 'cell', 'equipment'],
  products: ['family', 'item', 'capability', 'changeover', 'routing', 'routing_step', 'routing_link', 'bom', 'bom_component'],
  time: ['calendar', 'holiday', 'shift_pattern', 'shift'],
  demand: ['demand', 'customer', 'supplier'],
  settings: ['unit', 'unit_conversion', 'type_list', 'field_definition'],
} as const;

type Group = keyof typeof GROUPS | 'planning' | 'other';

function groupOf(kind: Kind): Group {
  const named = Object.entries(GROUPS).find(([, names]) => (names as readonly string[]).includes(kind.name));
  return (named?.[0] as Group | undefined) ?? (kind.context === 'planning' ? 'planning' : 'other');
}

export default function Catalogue() {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const kinds = useKinds().filter((kind) => holds(kind, 'read'));
  const groups: Group[] = ['places', 'products', 'time', 'demand', 'planning', 'settings', 'other'];
  return (
    <Page title={t('data')} about={t('dataAbout')}>
      <div className="grid-2">
        {groups.map((group) => {
          const inside = kinds.filter((kind) => groupOf(kind) === group);
          if (inside.length === 0) return null;
          return (
            <Panel key={group} title={t(group)} flush>
              <ul className="kind-list">
                {inside.map((kind) => (
                  <li key={kind.name}>
                    <Link to={`/data/${kind.path}`}>
                      <span className="name">{words(kind.plural)}</span>
                      <span className="doc">{words(kind.doc)}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            </Panel>
          );
        })}
      </div>
    </Page>
  );
}
