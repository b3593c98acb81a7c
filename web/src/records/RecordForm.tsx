/** Making or changing a record: fields, help and rules come from the kind; what the server refuses stands at its field. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendTo, idempotencyKey } from '@/api/client';
import { Problem } from '@/api/problem';
import { usePlant } from '@/api/session';
import { Button, Confirm, Dialog, ErrorView, Field, Notice, messageOf, requestIdOf, toast, uiWords } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { FieldInput } from './FieldInput';
import { changesOf, draftOf, pointerOf, wholeOf, wrongWith, type Draft } from './form';
import { columnsOf, labelOf, valueOf, type Column, type Kind, type RecordRow } from './kinds';
import { useKindWords, withinSentence } from './kind-words';
import { recordsWords } from './records.words';
import { written } from './Value';

export interface RecordFormProps {
  kind: Kind;
  /** The record to be changed; none for a new one. */
  record?: RecordRow;
  /** What a new one begins with. */
  given?: Draft;
  onClose: () => void;
  onSaved?: (record: RecordRow) => void;
}

function fieldsOf(kind: Kind, record: RecordRow | undefined): Column[] {
  return columnsOf(kind).filter((column) => !column.readOnly && !(record && column.immutable));
}

export function RecordForm({ kind, record, given = {}, onClose, onSaved }: RecordFormProps) {
  const t = useWords(recordsWords);
  const u = useWords(uiWords);
  const words = useKindWords();
  const language = useLanguage();
  const plant = usePlant();
  const queries = useQueryClient();
  const columns = fieldsOf(kind, record);
  const [base, setBase] = useState<RecordRow | null>(record ?? null);
  const [begun] = useState<Draft>(() => draftOf(columns, record ?? null, !record && plant && kind.within === 'plant' ? { plant_id: plant.id, ...given } : given));
  const [draft, setDraft] = useState<Draft>(begun);
  const [tried, setTried] = useState(false);
  const [key] = useState(idempotencyKey);
  const [leaving, setLeaving] = useState(false);
  const [conflict, setConflict] = useState<RecordRow | null>(null);
  const before = base ? draftOf(columns, base) : begun;
  const save = useMutation({
    mutationFn: async () => {
      const response = base
        ? await sendTo('PATCH', `/api/v1/${kind.path}/${base.id}`, { body: changesOf(columns, before, draft), headers: { 'If-Match': `"${base.version}"` } })
        : await sendTo('POST', `/api/v1/${kind.path}`, { body: wholeOf(columns, draft), headers: { 'Idempotency-Key': key } });
      return (await response.json()) as RecordRow;
    },
    onSuccess: (saved) => {
      void queries.invalidateQueries({ queryKey: ['records', kind.name] });
      if (kind.name === 'plant') void queries.invalidateQueries({ queryKey: ['plants'] });
      if (kind.name === 'field_definition') void queries.invalidateQueries({ queryKey: ['kinds'] });
      void queries.invalidateQueries({ queryKey: ['label', kind.name, saved.id] });
      toast(t(base ? 'saved' : 'created', { name: labelOf(kind, saved) }));
      onSaved?.(saved);
      onClose();
    },
    onError: async (error) => {
      if (!(error instanceof Problem) || error.code !== 'stale' || !base) return;
      const response = await sendTo('GET', `/api/v1/${kind.path}/${base.id}`);
      const theirs = (await response.json()) as RecordRow;
      setConflict(base);
      setBase(theirs);
    },
  });
  const isStale = save.error instanceof Problem && save.error.code === 'stale';
  const problem = save.error instanceof Problem && !isStale ? save.error : null;
  const messages = new Map(columns.map((column) => [column.key, messageFor(column)]));
  const elsewhere = problem?.errors.filter((one) => !columns.some((column) => one.pointer === pointerOf(column.key) || one.pointer.startsWith(`${pointerOf(column.key)}/`))) ?? [];

  function messageFor(column: Column): string | undefined {
    const wrong = tried ? wrongWith(column, draft[column.key]) : null;
    if (wrong) return t(wrong.word, 'n' in wrong ? { n: wrong.n } : undefined);
    const pointer = pointerOf(column.key);
    const found = problem?.errors.find((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`));
    if (found) return found.detail.charAt(0).toUpperCase() + found.detail.slice(1);
    if (conflict && base && JSON.stringify(valueOf(base, column.key) ?? null) !== JSON.stringify(valueOf(conflict, column.key) ?? null)) return t('theirs', { value: written(valueOf(base, column.key), column, language) || t('empty') });
    return undefined;
  }

  const isDirty = JSON.stringify(draft) !== JSON.stringify(begun);
  const submit = () => {
    setTried(true);
    const firstWrong = columns.find((column) => wrongWith(column, draft[column.key]));
    if (firstWrong) document.getElementById(`field-${firstWrong.key}`)?.focus();
    else save.mutate();
  };
  const close = () => (isDirty ? setLeaving(true) : onClose());
  const title = base ? `${t('edit')}: ${labelOf(kind, base)}` : t('create', { one: withinSentence(words(kind.title), language) });
  const plantOf = String(draft.plant_id ?? base?.plant_id ?? '');
  return (
    <Dialog
      side wide={columns.length > 8} title={title} onClose={close} onSubmit={submit}
      foot={<><Button onClick={close}>{t('cancel')}</Button><Button type="submit" look="primary" busy={save.isPending}>{t('save')}</Button></>}
    >
      {conflict && <Notice tone="warn">{t('conflict')}</Notice>}
      {problem && (problem.errors.length === 0 || elsewhere.length > 0) && (
        <Notice tone="danger">
          {elsewhere.length > 0 ? elsewhere.map((one) => one.detail).join('; ') : messageOf(problem)}
          {requestIdOf(problem) && <div className="small faint">{u('requestId', { id: requestIdOf(problem) ?? '' })}</div>}
        </Notice>
      )}
      {save.error && !(save.error instanceof Problem) && <ErrorView error={save.error} />}
      <div className="form-grid">
        {columns.map((column, at) => {
          const error = messages.get(column.key);
          const isWide = column.key === 'description' || column.type === 'list' || column.type === 'object';
          return (
            <Field key={column.key} className={isWide ? 'whole' : ''} label={words(column.title)} note={column.required ? undefined : u('optional')} help={words(column.doc)} {...(error ? { error } : {})}>
              <FieldInput id={`field-${column.key}`} column={column} value={draft[column.key]} onChange={(value) => setDraft((now) => ({ ...now, [column.key]: value }))} autoFocus={at === 0} {...withinOf(column, plantOf)} />
            </Field>
          );
        })}
      </div>
      {leaving && <Confirm danger title={t('unsaved')} action={t('discard')} onConfirm={onClose} onClose={() => setLeaving(false)}>{t('unsavedText')}</Confirm>}
    </Dialog>
  );
}

/** Kinds whose records belong to a plant are offered from the same plant. */
const OF_PLANT = new Set(['area', 'line', 'cell', 'equipment']);

function withinOf(column: Column, plantId: string): { within?: Record<string, string> } {
  return plantId && column.reference && OF_PLANT.has(column.reference) ? { within: { plant_id: plantId } } : {};
}
