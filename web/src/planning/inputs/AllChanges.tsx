/** Every change of a scenario as a sentence, each with a way to take it back; those of its base above. */
import { FlaskConical, X } from 'lucide-react';
import { Empty, IconButton, Panel } from '@/ui';
import { useWords } from '@/words';
import { changesWords } from '../changes.words';
import { describe, type Described } from '../model/describe';
import { editParameter, LISTS, without, type Parameters } from '../model/content';
import { useNames } from '../names';
import { useFormat } from '../numbers';
import type { SectionProps } from './Inputs';
import { inputsWords } from './inputs.words';

const GROUPS = [...LISTS, 'parameters'] as const;

export function AllChanges({ records, base, draft, onChange, names: bases }: SectionProps & { names: { name: string; version: number }[] }) {
  const t = useWords(inputsWords);
  const c = useWords(changesWords);
  const format = useFormat();
  const names = useNames(records);
  const by = { t: c, names, format };
  const own = describe(draft.content, by);
  const takeBack = (one: Described) => {
    if (one.list !== 'parameters') return onChange?.(without(draft.content, one.list, one.index));
    const name = one.key.split(':')[1] as keyof Parameters;
    onChange?.(editParameter(draft.content, name, null));
  };
  const inherited = base.map((content, index) => ({ from: bases[index], all: describe(content, by) })).filter((one) => one.all.length > 0);
  if (own.length === 0 && inherited.length === 0) {
    return <div className="panel"><Empty icon={<FlaskConical size={28} />} title={t('nothing')}>{t('nothingText')}</Empty></div>;
  }
  return (
    <div className="stack">
      {inherited.map(({ from, all }, index) => (
        <Panel key={index} title={t('inherited', { name: from?.name ?? '', version: from?.version ?? 1 })}>
          <Sentences all={all} />
        </Panel>
      ))}
      <Panel title={t('own')}>
        {own.length === 0 ? <p className="muted">{t('nothing')}</p> : <Sentences all={own} onTake={onChange ? takeBack : undefined} />}
      </Panel>
    </div>
  );
}

function Sentences({ all, onTake }: { all: Described[]; onTake?: ((one: Described) => void) | undefined }) {
  const t = useWords(inputsWords);
  const c = useWords(changesWords);
  return (
    <>
      {GROUPS.map((group) => {
        const inside = all.filter((one) => one.list === group);
        if (inside.length === 0) return null;
        return (
          <section key={group} className="change-group">
            <h3>{c(group)}</h3>
            <ul>
              {inside.map((one) => (
                <li key={`${one.index}/${one.key}`}>
                  <span className="grow">{one.text}</span>
                  {onTake && <IconButton size="small" label={`${t('take')}: ${one.text}`} icon={<X size={14} />} onClick={() => onTake(one)} />}
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}
