/** The versions of a scenario: who changed what when, what differs between two, and taking one back. */
import { useQuery } from '@tanstack/react-query';
import { CopyPlus, Minus, Plus, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { usePeople } from '@/records/Who';
import { Badge, Button, Confirm, ErrorView, Loading, Panel, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { changesWords } from '../changes.words';
import { plantRecordsQuery, useRestoreVersion, versionQuery, versionsQuery, type Scenario, type Version } from '../data';
import { contentOf, countOf, type Content } from '../model/content';
import { diff } from '../model/describe';
import { useNames } from '../names';
import { useFormat } from '../numbers';
import { CloneDialog } from '../parts';
import { planningWords } from '../planning.words';
import { useUrl } from '../url';
import { versionsWords } from './versions.words';

export default function Versions({ scenario, editable }: { scenario: Scenario; editable: boolean }) {
  const t = useWords(versionsWords);
  const [url, setUrl] = useUrl();
  const versions = useQuery(versionsQuery(scenario.id));
  if (versions.isPending) return <Loading />;
  if (versions.error) return <ErrorView error={versions.error} onRetry={() => void versions.refetch()} />;
  const list = [...versions.data].sort((a, b) => b.number - a.number);
  const to = Number(url('to')) || list[0]?.number || 1;
  const from = Number(url('from')) || (list.find((one) => one.number < to)?.number ?? 0);
  return (
    <div className="versions">
      <Panel title={t('title')} flush>
        <ol className="version-list">
          {list.map((version) => (
            <VersionRow
              key={version.number} version={version} scenario={scenario} editable={editable} isNow={version.number === list[0]?.number} shown={version.number === to} compared={version.number === from}
              onShow={() => setUrl({ to: String(version.number), from: '' })} onCompare={() => setUrl({ from: String(version.number), to: String(to) })}
            />
          ))}
        </ol>
      </Panel>
      <Differences scenario={scenario} from={from} to={to} />
    </div>
  );
}

function VersionRow({ version, scenario, editable, isNow, shown, compared, onShow, onCompare }: {
  version: Version; scenario: Scenario; editable: boolean; isNow: boolean; shown: boolean; compared: boolean; onShow: () => void; onCompare: () => void;
}) {
  const t = useWords(versionsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const who = usePeople();
  const restore = useRestoreVersion();
  const [asking, setAsking] = useState<'restore' | 'clone' | null>(null);
  return (
    <li className={shown ? 'shown' : compared ? 'compared' : ''}>
      <button type="button" className="version-main" aria-pressed={shown} onClick={onShow}>
        <span className="version-number tabular">{version.number}</span>
        <span className="grow">
          <span className="row" style={{ gap: 6 }}>
            <span className={version.message ? 'strong' : 'muted'}>{version.message ?? t('noMessage')}</span>
            {isNow && <Badge tone="accent">{t('now')}</Badge>}
          </span>
          <span className="small muted">{who(version.created_by)} · {format.dateTime(version.created_at)}</span>
        </span>
      </button>
      <span className="row" style={{ gap: 4 }}>
        {!shown && <Button size="small" look="ghost" aria-pressed={compared} onClick={onCompare}>{t('compareWith')}</Button>}
        <Button size="small" look="ghost" icon={<CopyPlus size={14} />} title={p('clone')} aria-label={p('clone')} onClick={() => setAsking('clone')} />
        {!isNow && <Button size="small" icon={<RotateCcw size={14} />} why={editable ? undefined : t('notNow')} onClick={() => setAsking('restore')}>{t('restore')}</Button>}
      </span>
      {asking === 'clone' && <CloneDialog scenario={scenario} version={version.number} onClose={() => setAsking(null)} />}
      {asking === 'restore' && (
        <Confirm
          title={t('restoreTitle', { version: version.number })} action={t('restore')} busy={restore.isPending} onClose={() => setAsking(null)}
          onConfirm={() => restore.mutate({ scenario, number: version.number }, { onSuccess: (saved) => { toast(t('restored', { version: saved.version })); setAsking(null); }, onError: toastError })}
        >
          {t('restoreText')}
        </Confirm>
      )}
    </li>
  );
}

function Differences({ scenario, from, to }: { scenario: Scenario; from: number; to: number }) {
  const t = useWords(versionsWords);
  const c = useWords(changesWords);
  const format = useFormat();
  const records = useQuery(plantRecordsQuery(scenario.plant_id));
  const names = useNames(records.data);
  const after = useQuery(versionQuery(scenario.id, to));
  const before = useQuery({ ...versionQuery(scenario.id, Math.max(1, from)), enabled: from > 0 });
  if (after.isPending || (from > 0 && before.isPending) || records.isPending) return <Panel><Loading lines={4} /></Panel>;
  const content = (of: Version | undefined) => contentOf((of?.content ?? null) as Partial<Content> | null);
  const [old, now] = [from > 0 ? content(before.data) : contentOf(null), content(after.data)];
  const found = diff(old, now, { t: c, names, format });
  return (
    <Panel title={from > 0 ? t('differs', { from, to }) : t('begins', { to })}>
      {found.added.length === 0 && found.removed.length === 0 ? <p className="muted">{t('same')}</p> : (
        <ul className="diff-list">
          {found.removed.map((one) => <li key={`-${one.key}`} className="gone"><Minus size={14} aria-label={t('removed')} /><span>{one.text}</span></li>)}
          {found.added.map((one) => <li key={`+${one.key}`} className="new"><Plus size={14} aria-label={t('added')} /><span>{one.text}</span></li>)}
        </ul>
      )}
      {found.kept > 0 && <p className="small muted" style={{ marginTop: 12 }}>{t('kept', { n: found.kept, all: countOf(now) })}</p>}
    </Panel>
  );
}
