/** What a scenario changes: grids over the plant's records, in which only differences are kept. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ErrorView, Loading } from '@/ui';
import { useWords } from '@/words';
import { baseChainQuery, plantRecordsQuery, type PlantRecords, type Scenario } from '../data';
import { parametersOf, type Content } from '../model/content';
import { between, inOrder } from '../model/periods';
import { useUrl } from '../url';
import type { Draft } from '../workbench/draft';
import { AllChanges } from './AllChanges';
import { CapabilityGrid } from './CapabilityGrid';
import { ChangeoverGrid } from './ChangeoverGrid';
import { DaysGrid } from './DaysGrid';
import { DemandGrid } from './DemandGrid';
import { LineGrid } from './LineGrid';
import { NewLines } from './NewLines';
import { inputsWords } from './inputs.words';

export interface InputsProps {
  scenario: Scenario;
  draft: Draft;
  editable: boolean;
}

export interface SectionProps {
  records: PlantRecords;
  /** Contents of all that the scenario is cloned from. */
  base: readonly Content[];
  draft: Draft;
  editable: boolean;
  periods: readonly string[];
  /** Edits go through here; undefined where nothing may be changed. */
  onChange: ((content: Content) => void) | undefined;
}

const SECTIONS = ['all', 'demand', 'hours', 'days', 'capabilities', 'newLines', 'changeovers'] as const;
type Section = (typeof SECTIONS)[number];

/** Periods of the plan: those with demand, as far as the parameters take them in. */
export function usePeriods(records: PlantRecords | undefined, chain: readonly Content[]): string[] {
  return useMemo(() => {
    const parameters = parametersOf(chain);
    const sources = records?.demand.filter((one) => !parameters.demand_source || one.source === parameters.demand_source) ?? [];
    return between(inOrder(sources.map((one) => one.period)), parameters.from_period, parameters.to_period);
  }, [records, chain]);
}

export default function Inputs({ scenario, draft, editable }: InputsProps) {
  const t = useWords(inputsWords);
  const [url, setUrl] = useUrl();
  const section = (SECTIONS.includes(url('section') as Section) ? url('section') : 'all') as Section;
  const records = useQuery(plantRecordsQuery(scenario.plant_id));
  const chain = useQuery(baseChainQuery(scenario));
  const base = useMemo(() => chain.data?.chain ?? [], [chain.data]);
  const whole = useMemo(() => [...base, draft.content], [base, draft.content]);
  const periods = usePeriods(records.data, whole);
  if (records.error) return <ErrorView error={records.error} onRetry={() => void records.refetch()} />;
  if (!records.data || chain.isPending) return <Loading />;
  const counts: Partial<Record<Section, number>> = {
    demand: draft.content.demand_changes.length, hours: draft.content.line_changes.length, days: draft.content.operating_days.length, newLines: draft.content.new_lines.length,
    capabilities: draft.content.capability_changes.length + draft.content.new_capabilities.length, changeovers: draft.content.changeover_changes.length,
  };
  const props: SectionProps = { records: records.data, base, draft, editable, periods, onChange: editable ? draft.change : undefined };
  return (
    <div className="inputs">
      <nav className="inputs-nav" aria-label={t('sections')}>
        {SECTIONS.map((name) => (
          <button key={name} type="button" aria-current={section === name ? 'page' : undefined} onClick={() => setUrl({ section: name === 'all' ? '' : name })}>
            <span className="grow">{t(name)}</span>
            {(counts[name] ?? 0) > 0 && <span className="count">{counts[name]}</span>}
          </button>
        ))}
        <p className="small muted">{editable ? t('help') : t('locked')}</p>
      </nav>
      <div className="inputs-body">
        {section === 'all' && <AllChanges {...props} names={chain.data?.names ?? []} />}
        {section === 'demand' && <DemandGrid {...props} />}
        {section === 'hours' && <LineGrid {...props} />}
        {section === 'days' && <DaysGrid {...props} />}
        {section === 'capabilities' && <CapabilityGrid {...props} />}
        {section === 'newLines' && <NewLines {...props} />}
        {section === 'changeovers' && <ChangeoverGrid {...props} />}
      </div>
    </div>
  );
}
