/** Records from a file: every row's errors at once, before anything is written; then all, or those that are right. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Download, FileUp } from 'lucide-react';
import { useRef, useState } from 'react';
import { askAt } from '@/api/client';
import { Problem, type FieldError } from '@/api/problem';
import { Badge, Button, ErrorView, Loading, Notice, Page, Panel, toast } from '@/ui';
import { useWords } from '@/words';
import { download } from './download';
import { useKindAt, type Kind } from './kinds';
import { useKindWords } from './kind-words';
import { recordsWords } from './records.words';
import './records.css';

interface Outcome {
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  errors: FieldError[];
}

const MEDIA: Record<string, [format: string, media: string]> = {
  xlsx: ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  json: ['json', 'application/json'],
  csv: ['csv', 'text/csv'],
};

function sendFile(kind: Kind, file: File, parameters: Record<string, string>): Promise<Outcome> {
  const [format, media] = MEDIA[file.name.split('.').pop()?.toLowerCase() ?? ''] ?? ['csv', 'text/csv'];
  const said = new URLSearchParams({ format, ...parameters });
  return askAt<Outcome>('POST', `/api/v1/${kind.path}/import?${said}`, { body: file.slice(0, file.size, media), headers: { 'Content-Type': media } });
}

export default function Import() {
  const { kind: path } = useParams({ strict: false }) as { kind: string };
  const kind = useKindAt(path);
  const t = useWords(recordsWords);
  const words = useKindWords();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const [over, setOver] = useState(false);
  const plural = words(kind.plural);
  const check = useMutation({ mutationFn: (chosen: File) => sendFile(kind, chosen, { dry_run: 'true', mode: 'partial' }) });
  const write = useMutation({
    mutationFn: (mode: string) => sendFile(kind, file as File, { mode }),
    onSuccess: (outcome) => {
      void queries.invalidateQueries({ queryKey: ['records'] });
      toast(t('imported', { created: outcome.created, updated: outcome.updated }));
      void navigate({ to: `/data/${kind.path}` });
    },
  });
  const choose = (chosen: File | null | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    write.reset();
    check.mutate(chosen);
  };
  const outcome = check.data;
  const refusal = write.error ?? check.error;
  const errors = outcome?.errors ?? (refusal instanceof Problem ? refusal.errors : []);
  return (
    <Page title={t('importTitle', { plural })} about={t('importAbout')} crumbs={[{ label: t('data'), to: '/data' }, { label: plural, to: `/data/${kind.path}` }]}
      actions={<Button icon={<Download size={15} />} onClick={() => void download(kind, {}, 'xlsx')}>{t('template')}</Button>}>
      <input ref={input} type="file" hidden accept=".xlsx,.csv,.json" aria-label={t('chooseFile')} onChange={(event) => { choose(event.target.files?.[0]); event.target.value = ''; }} />
      {!file && (
        <div className={`drop ${over ? 'over' : ''}`} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
          onDrop={(event) => { event.preventDefault(); setOver(false); choose(event.dataTransfer.files[0]); }}>
          <FileUp size={28} />
          <div>{t('dropHere')}</div>
          <Button look="primary" onClick={() => input.current?.click()}>{t('chooseFile')}</Button>
          <div className="small">{t('check')}</div>
        </div>
      )}
      {file && (
        <Panel title={file.name} actions={<Button size="small" onClick={() => input.current?.click()}>{t('otherFile')}</Button>}>
          {check.isPending && <Loading lines={3} />}
          {outcome && (
            <div className="stack">
              <div className="row wrap">
                <Badge tone="ok">{t('wouldCreate', { n: outcome.created })}</Badge>
                <Badge tone="info">{t('wouldUpdate', { n: outcome.updated })}</Badge>
                <Badge>{t('wouldKeep', { n: outcome.unchanged })}</Badge>
                {outcome.failed > 0 && <Badge tone="danger">{t('wouldFail', { n: outcome.failed })}</Badge>}
              </div>
              {outcome.failed > 0 && <Notice tone="warn">{t('fixFile')}</Notice>}
              <div className="row">
                {outcome.failed === 0
                  ? <Button look="primary" busy={write.isPending} onClick={() => write.mutate('all_or_nothing')}>{t('importNow')}</Button>
                  : outcome.created + outcome.updated > 0 && <Button busy={write.isPending} onClick={() => write.mutate('partial')}>{t('importRight')}</Button>}
              </div>
            </div>
          )}
          {refusal && (!(refusal instanceof Problem) || refusal.errors.length === 0) && <ErrorView error={refusal} />}
        </Panel>
      )}
      {errors.length > 0 && (
        <Panel flush title={t('problem')}>
          <div className="table-scroll">
            <table className="table">
              <thead><tr><th style={{ width: 220 }}>{t('place')}</th><th>{t('problem')}</th></tr></thead>
              <tbody>
                {errors.map((error, at) => (
                  <tr key={at}><td className="tabular"><Place pointer={error.pointer} /></td><td>{error.detail}</td></tr>
                ))}
              </tbody>
            </table>
          </div>
        </Panel>
      )}
    </Page>
  );
}

/** `/rows/3/name` as a person counts: the first row of a file holds the headings. */
function Place({ pointer }: { pointer: string }) {
  const t = useWords(recordsWords);
  const match = /^\/rows\/(\d+)(?:\/(.+))?$/.exec(pointer);
  if (!match) return <>{pointer}</>;
  return <>{t('row', { n: Number(match[1]) + 2 })}{match[2] ? ` · ${match[2].replaceAll('/', '.')}` : ''}</>;
}
