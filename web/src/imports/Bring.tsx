/** Where a file is brought to a plant, and what was brought before. */
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Database, Download, FileSpreadsheet, FileUp, History, Table2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useMay } from '@/api/session';
import { Badge, Button, Empty, ErrorView, Moment, Page, Panel, Progress, Rows, useRows, type Tone } from '@/ui';
import { useWords } from '@/words';
import { Who } from '@/records/Who';
import sample from '../../../examples/plant.xlsx?url';
import sampleEs from '../../../examples/planta.xlsx?url';
import { useBring, type Session } from './data';
import { useFile } from './drop';
import { importsWords } from './imports.words';
import { stepOf, totals, written, type Step } from './model';
import './imports.css';

export const TONES: Record<Step, Tone | undefined> = { reading: 'info', unread: 'danger', broken: 'warn', ready: 'info', importing: 'info', imported: 'ok', undoing: 'info', undone: undefined };

const CREATE = 'planning.import.create';

export default function Bring() {
  const t = useWords(importsWords);
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const may = useMay();
  const navigate = useNavigate();
  const bring = useBring(plantId);
  const allowed = may(CREATE, plantId);
  const send = (file: File) => bring.mutate(file, { onSuccess: (session) => void navigate({ to: `/plants/${plantId}/import/${session.id}` as string }) });
  const { over, drop, chooser, choose } = useFile(allowed && !bring.isPending ? send : undefined);
  return (
    <Page title={t('import')} about={t('about')}>
      {chooser}
      <section className={`bring ${over ? 'over' : ''}`} {...drop}>
        <FileUp size={28} aria-hidden="true" />
        {bring.isPending ? (
          <div className="bring-wait" role="status">
            <p className="strong">{t('sending', { name: bring.variables?.name ?? '' })}</p>
            <Progress label={t('sending', { name: bring.variables?.name ?? '' })} />
          </div>
        ) : (
          <>
            <h2>{t('drop')}</h2>
            <Button look="primary" icon={<FileSpreadsheet size={15} />} why={allowed ? undefined : t('noRight', { permission: CREATE })} onClick={choose}>{t('browse')}</Button>
          </>
        )}
        {bring.error && <ErrorView error={bring.error} />}
      </section>
      <div className="bring-kinds">
        <Taken icon={<FileSpreadsheet size={18} />} name={`${t('workbook')} · .xlsx`}>{t('workbookText')}</Taken>
        <Taken icon={<Table2 size={18} />} name={`${t('csv')} · .csv`}>{t('csvText')}</Taken>
        <Taken icon={<Database size={18} />} name={`${t('project')} · .db`}>{t('projectText')}</Taken>
        <Taken icon={<Download size={18} />} name={t('sample')}>
          {t('sampleText')}{' '}
          <span className="nowrap"><a href={sample} download="plant.xlsx">plant.xlsx</a>, <a href={sampleEs} download="planta.xlsx">planta.xlsx</a> ({t('sampleEs')})</span>
        </Taken>
      </div>
      <Before plantId={plantId} />
    </Page>
  );
}

function Taken({ icon, name, children }: { icon: ReactNode; name: string; children: ReactNode }) {
  return (
    <section>
      {icon}
      <div>
        <h3>{name}</h3>
        <p className="small muted">{children}</p>
      </div>
    </section>
  );
}

/** A session as far as a list knows it: without its run, a session that is being read looks like one that is read. */
function Outcome({ session }: { session: Session }) {
  const t = useWords(importsWords);
  const step = stepOf(session, undefined);
  if (step === 'reading') return <span className="faint">–</span>;
  if (step === 'broken') return <>{t('title_broken', { n: session.counts.issues?.error ?? 0 })}</>;
  const { created, updated, restored } = totals(session.counts);
  if (written(session.counts) === 0) return <>{t('nothingToDo')}</>;
  return <>{t('created')}: {created} · {t('updated')}: {updated + restored}</>;
}

function Before({ plantId }: { plantId: string }) {
  const t = useWords(importsWords);
  const rows = useRows<Session>(['imports', plantId], `/api/v1/plants/${plantId}/imports?limit=20`);
  const empty = <Empty icon={<History size={24} />} title={t('noneBefore')}>{t('noneBeforeText')}</Empty>;
  return (
    <Panel title={t('before')} flush>
      <Rows
        of={rows} label={t('before')} rowKey={(one) => one.id} empty={empty}
        columns={[
          { title: t('file'), value: (one) => <Link className="name" to={`/plants/${plantId}/import/${one.id}` as string}>{one.file_name}</Link> },
          { title: t('state'), value: (one) => { const step = stepOf(one, undefined); return <Badge tone={TONES[step]}>{t(`step_${step}`)}</Badge>; } },
          { title: t('result'), value: (one) => <span className="tabular"><Outcome session={one} /></span> },
          { title: t('brought'), value: (one) => <Moment at={one.created_at} /> },
          { title: t('by'), value: (one) => <Who id={one.created_by} bare /> },
        ]}
      />
    </Panel>
  );
}
