/** Files of a record. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, File as FileIcon, Paperclip, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { askAt, sendTo } from '@/api/client';
import { Badge, Button, Empty, IconButton, Moment, Panel, Rows, toast, toastError, useRows } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { downloadFrom } from './download';
import type { Kind, RecordRow } from './kinds';
import { recordsWords } from './records.words';
import { Who } from './Who';

interface Attached {
  id: string;
  name: string;
  media_type: string;
  size_bytes: number;
  state: string;
  finding: string | null;
  thumbnail: boolean;
  version: number;
  created_at: string;
  created_by: string;
}

/** Whether this server keeps files. */
export function useKeepsFiles(): boolean {
  const { data = false } = useQuery({ queryKey: ['files', 'limits'], queryFn: () => askAt('GET', '/api/v1/files/limits').then(() => true, () => false), staleTime: Infinity });
  return data;
}

function sizeOf(bytes: number, language: string): string {
  const [unit, size] = bytes < 1024 * 1024 ? ['KiB', bytes / 1024] : ['MiB', bytes / 1024 / 1024];
  return `${Math.max(size as number, 0.1).toLocaleString(language, { maximumFractionDigits: 1 })} ${unit}`;
}

export function Attachments({ kind, record, why }: { kind: Kind; record: RecordRow; why: string | undefined }) {
  const t = useWords(recordsWords);
  const language = useLanguage();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const key = ['records', kind.name, 'attachments', record.id];
  const address = `/api/v1/${kind.path}/${record.id}/attachments`;
  const files = useRows<Attached>(key, `${address}?limit=100`);
  const told = () => void queries.invalidateQueries({ queryKey: key });
  const attach = useMutation({
    mutationFn: async (list: File[]) => {
      for (const file of list) {
        await sendTo('POST', `${address}?name=${encodeURIComponent(file.name)}`, { body: file, headers: { 'Content-Type': file.type || 'application/octet-stream' } });
        toast(t('attached', { name: file.name }));
      }
    },
    onSettled: told,
    onError: toastError,
  });
  const remove = useMutation({
    mutationFn: (file: Attached) => sendTo('DELETE', `/api/v1/files/${file.id}`, { headers: { 'If-Match': `"${file.version}"` } }),
    onSuccess: () => { told(); toast(t('fileRemoved')); },
    onError: toastError,
  });
  const choose = (list: FileList | null | undefined) => list && list.length > 0 && !why && attach.mutate([...list]);
  const add = <Button icon={<Paperclip size={15} />} busy={attach.isPending} why={why} onClick={() => input.current?.click()}>{t('attach')}</Button>;
  return (
    <div className={over ? 'drop over' : ''} style={over ? { padding: 0, alignItems: 'stretch', textAlign: 'left' } : undefined}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={(event) => { event.preventDefault(); setOver(false); choose(event.dataTransfer.files); }}>
      <input ref={input} type="file" hidden multiple aria-label={t('attach')} onChange={(event) => { choose(event.target.files); event.target.value = ''; }} />
      <Panel flush title={t('attachments')} actions={files.rows.length > 0 && add}>
        <Rows of={files} label={t('attachments')} rowKey={(file) => file.id} empty={<Empty icon={<FileIcon size={28} />} title={t('attachments')} actions={add}>{t('noAttachments')}</Empty>}
          columns={[
            { title: t('attachments'), value: (file) => <span className="row">{file.thumbnail ? <img src={`/api/v1/files/${file.id}/thumbnail`} alt="" width={32} height={32} style={{ objectFit: 'cover', borderRadius: 4 }} /> : <FileIcon size={16} className="faint" />}{file.name}{file.state !== 'clean' && <Badge tone={file.finding ? 'danger' : 'info'}>{file.finding ?? t('checkingFile')}</Badge>}</span> },
            { title: t('size'), num: true, value: (file) => <span className="tabular">{sizeOf(file.size_bytes, language)}</span> },
            { title: t('sentBy'), value: (file) => <><Who bare id={file.created_by} /> <span className="faint"><Moment at={file.created_at} /></span></> },
            {
              title: t('more'), actions: true, value: (file) => (
                <>
                  <IconButton size="small" label={`${t('export')}: ${file.name}`} icon={<Download size={14} />} onClick={() => void downloadFrom(`/api/v1/files/${file.id}/content`, file.name)} />
                  {!why && <IconButton size="small" label={`${t('removeFile')}: ${file.name}`} icon={<Trash2 size={14} />} onClick={() => remove.mutate(file)} />}
                </>
              ),
            },
          ]} />
      </Panel>
    </div>
  );
}
