/** One field of many records at once, all or none; and archiving many. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { askAt, sendTo } from '@/api/client';
import { Problem } from '@/api/problem';
import { Button, Dialog, Field, Notice, Select, messageOf, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { FieldInput } from './FieldInput';
import { columnsOf, labelOf, type Kind, type RecordRow } from './kinds';
import { useKindWords } from './kind-words';
import { recordsWords } from './records.words';

interface Outcome {
  updated: number;
  unchanged: number;
}

export function BulkEdit({ kind, rows, onClose }: { kind: Kind; rows: RecordRow[]; onClose: () => void }) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const queries = useQueryClient();
  const columns = columnsOf(kind).filter((column) => !column.readOnly && !column.immutable && !kind.unique.some((key) => key.length === 1 && key[0] === column.key) && column.key !== kind.label);
  const [key, setKey] = useState(columns[0]?.key ?? '');
  const [value, setValue] = useState<unknown>(null);
  const column = columns.find((one) => one.key === key);
  const save = useMutation({
    mutationFn: () => {
      const change = key.startsWith('fields.') ? { fields: { [key.slice(7)]: value } } : { [key]: value };
      return askAt<Outcome>('POST', `/api/v1/${kind.path}/bulk`, { body: { mode: 'all_or_nothing', rows: rows.map((row) => ({ id: row.id, ...change })) } });
    },
    onSuccess: (outcome) => {
      void queries.invalidateQueries({ queryKey: ['records', kind.name] });
      toast(t('changed', { n: outcome.updated }));
      onClose();
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <Dialog title={t('setTo', { n: rows.length })} onClose={onClose} onSubmit={() => save.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={save.isPending}>{t('apply')}</Button></>}>
      {problem && (
        <Notice tone="danger">
          {problem.errors.length === 0 ? messageOf(problem) : problem.errors.slice(0, 5).map((one) => {
            const row = rows[Number(/^\/rows\/(\d+)/.exec(one.pointer)?.[1])];
            return <div key={one.pointer + one.code}>{row ? `${labelOf(kind, row)}: ` : ''}{one.detail}</div>;
          })}
        </Notice>
      )}
      <Field label={t('field')}>
        <Select value={key} onChange={(next) => { setKey(next); setValue(null); }} options={columns.map((one) => ({ value: one.key, label: words(one.title) }))} />
      </Field>
      {column && (
        <Field label={t('value')} help={words(column.doc)}>
          <FieldInput key={key} column={column} value={value} onChange={setValue} />
        </Field>
      )}
    </Dialog>
  );
}

/** Archives or restores one after the other, each the version that was seen; tells how many it were, and offers to take it back. */
export function useArchiveMany(kind: Kind): (rows: RecordRow[], archived: boolean) => Promise<void> {
  const t = useWords(recordsWords);
  const queries = useQueryClient();
  const run = async (rows: RecordRow[], archived: boolean): Promise<void> => {
    const done: RecordRow[] = [];
    let refused: unknown = null;
    let count = 0;
    for (const row of rows) {
      try {
        const response = await sendTo('POST', `/api/v1/${kind.path}/${row.id}/${archived ? 'archive' : 'restore'}`, { headers: { 'If-Match': `"${row.version}"` } });
        done.push((await response.json()) as RecordRow);
      } catch (error) {
        refused = error;
        count += 1;
      }
    }
    await queries.invalidateQueries({ queryKey: ['records', kind.name] });
    if (done.length > 0) toast(t(archived ? 'archivedN' : 'restoredN', { n: done.length }), { label: t('undo'), run: () => void run(done, !archived) });
    if (refused) toastError(count === 1 ? refused : new Error(t('notAll', { n: count, why: messageOf(refused) })));
  };
  return run;
}
