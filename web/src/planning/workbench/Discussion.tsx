/** What people say about a scenario. */
import { useMay } from '@/api/session';
import { Comments } from '@/records/Comments';
import { useWords } from '@/words';
import type { Scenario } from '../data';
import { planningWords } from '../planning.words';

export default function Discussion({ scenario }: { scenario: Scenario }) {
  const p = useWords(planningWords);
  const permission = 'planning.scenario.comment';
  const why = useMay()(permission, scenario.plant_id) ? undefined : p('mayNot', { permission });
  return (
    <div style={{ maxWidth: 820 }}>
      <Comments kind={{ name: 'scenario', path: 'scenarios' }} record={scenario} why={why} />
    </div>
  );
}
