/** The label of something, as it will look; then as PDF, or for a label printer. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Download, Printer } from 'lucide-react';
import { useEffect, useState } from 'react';
import { sendTo } from '@/api/client';
import { useMay } from '@/api/session';
import { listAll } from '@/planning/data';
import { plainNumber } from '@/planning/model/clipboard';
import { downloadFrom } from '@/records/download';
import { Button, Dialog, ErrorView, Field, NumberInput, Select, toastError } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { decimalMark } from '@/words/locale';
import type { Schemas } from '@/api/client';
import { labelWords } from './labels.words';
import { labelAddress, subjectOf, type LabelledKind } from './kinds';
import './labels.css';

/** Labels in one file at most, as the server has it. */
const MOST_COPIES = 500;
/** A picture is asked for when somebody has stopped typing (ms). */
const SETTLED_MS = 250;

export interface LabelOf {
  kind: LabelledKind;
  id: string;
  /** As people call it. */
  name: string;
  plantId: string | null;
}

export function LabelDialog({ of, onClose }: { of: LabelOf; onClose: () => void }) {
  const t = useWords(labelWords);
  const language = useLanguage();
  const may = useMay()('inventory.label_template.read', of.plantId);
  const [template, setTemplate] = useState('');
  const [copies, setCopies] = useState('1');
  const [quantity, setQuantity] = useState('');
  const settled = useSettled(plainNumber(quantity, decimalMark(language)) ?? quantity.trim());
  const subject = subjectOf(of.kind);
  const templates = useQuery({
    queryKey: ['records', 'label_template', 'of', subject, of.plantId],
    queryFn: async ({ signal }) => (await listAll<Schemas['LabelTemplate']>('label-templates', { subject, active: 'true', sort: 'name' }, signal)).filter((one) => one.plant_id === null || one.plant_id === of.plantId),
    enabled: may && of.kind !== 'label_template',
  });
  const asked = (format: 'svg' | 'pdf' | 'zpl', more: Record<string, string> = {}) => `${labelAddress(of.kind, of.id)}?${new URLSearchParams({ format, language, ...(template ? { template_id: template } : {}), ...(settled ? { quantity: settled } : {}), ...more })}`;
  const picture = useQuery({ queryKey: ['label', asked('svg')], queryFn: async ({ signal }) => (await sendTo('GET', asked('svg'), { signal })).blob(), placeholderData: keepPreviousData, retry: false });
  const count = Number(copies);
  const why = Number.isInteger(count) && count >= 1 && count <= MOST_COPIES ? undefined : t('wrongCopies', { most: MOST_COPIES });
  const save = (format: 'pdf' | 'zpl') => void downloadFrom(asked(format, { copies }), `${of.name}.${format}`);
  const print = async () => {
    try {
      printed(await (await sendTo('GET', asked('pdf', { copies }))).blob());
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Dialog title={t('labelOf', { what: of.name })} onClose={onClose} onSubmit={() => !why && void print()} wide
      foot={
        <>
          <Button icon={<Download size={15} />} why={why} onClick={() => save('zpl')}>{t('zpl')}</Button>
          <Button icon={<Download size={15} />} why={why} onClick={() => save('pdf')}>{t('pdf')}</Button>
          <Button type="submit" look="primary" icon={<Printer size={15} />} why={why}>{t('print')}</Button>
        </>
      }>
      <div className="form-grid">
        {templates.data && templates.data.length > 0 && <Field label={t('template')}><Select value={template} onChange={setTemplate} empty={t('standard')} options={templates.data.map((one) => ({ value: one.id, label: one.name }))} /></Field>}
        <Field label={t('copies')} error={why}><NumberInput value={copies} onChange={setCopies} /></Field>
        {of.kind === 'lot' && <Field label={t('quantity')} note={t('optional')} help={t('quantityHelp')}><NumberInput value={quantity} onChange={setQuantity} /></Field>}
      </div>
      <div className="label-sheet">{picture.error ? <ErrorView error={picture.error} onRetry={() => void picture.refetch()} /> : picture.data && <Picture blob={picture.data} name={t('preview')} />}</div>
    </Dialog>
  );
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function Picture({ blob, name }: { blob: Blob; name: string }) {
  const [address, setAddress] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address ? <img src={address} alt={name} /> : null;
}

/** The browser's own dialog to print, for a PDF that is nowhere to be seen. */
function printed(file: Blob): void {
  const frame = document.createElement('iframe');
  frame.className = 'print-frame';
  frame.src = URL.createObjectURL(file);
  frame.onload = () => {
    frame.contentWindow?.focus();
    frame.contentWindow?.print();
  };
  document.querySelector('.print-frame')?.remove();
  document.body.append(frame);
}
