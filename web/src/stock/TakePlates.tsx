/** The next numbers of an SSCC range, each as a license plate that can be labelled and filled. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Barcode } from 'lucide-react';
import { useState } from 'react';
import { api, ask, idempotencyKey } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import type { RecordActionProps } from '@/pages/registry';
import { ReferenceInput } from '@/records/ReferenceInput';
import { Button, Dialog, Field, messageOf, Notice, NumberInput, TextInput } from '@/ui';
import { useWords } from '@/words';
import { stockWords } from './stock.words';

export default function TakePlates({ id, name, plantId }: RecordActionProps) {
  const t = useWords(stockWords);
  const may = useMay();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<Barcode size={15} />} why={may('inventory.license_plate.create', plantId) ? undefined : t('mayNot')} onClick={() => setOpen(true)}>{t('takePlates')}</Button>
      {open && <TakeDialog id={id} name={name} plantId={plantId} onClose={() => setOpen(false)} />}
    </>
  );
}

function TakeDialog({ id, name, plantId, onClose }: RecordActionProps & { onClose: () => void }) {
  const t = useWords(stockWords);
  const cache = useQueryClient();
  const [place, setPlace] = useState('');
  const [count, setCount] = useState('1');
  const [packaging, setPackaging] = useState('');
  const take = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/sscc-ranges/{id}/take', { params: { path: { id }, header: { 'Idempotency-Key': idempotencyKey() } as never }, body: { location_id: place, count: Number(count), ...(packaging.trim() ? { packaging: packaging.trim() } : {}) } })),
    onSuccess: () => void cache.invalidateQueries({ queryKey: ['records'] }),
  });
  const problem = take.error instanceof Problem ? take.error : null;
  if (take.data) {
    return (
      <Dialog title={t('platesMade', { n: take.data.license_plates.length })} onClose={onClose} foot={<Button look="primary" onClick={onClose}>{t('understood')}</Button>}>
        <ul className="stack-s tabular">{take.data.license_plates.map((plate) => <li key={plate.id}><Link to={`/data/license-plates/${plate.id}` as string}>{plate.code}</Link></li>)}</ul>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t('takeFrom', { name })} onClose={onClose} onSubmit={() => take.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={take.isPending} why={place && /^\d+$/.test(count) ? undefined : t('placeAndCount')}>{t('takePlates')}</Button></>}
    >
      {take.error && !problem?.errors.length && <Notice tone="danger">{messageOf(take.error)}</Notice>}
      <Field label={t('place')} error={problem?.at('/location_id')}><ReferenceInput kind="location" {...(plantId ? { within: { plant_id: plantId } } : {})} value={place || null} onChange={(next) => setPlace(next ?? '')} /></Field>
      <Field label={t('howMany')} error={problem?.at('/count')}><NumberInput value={count} onChange={setCount} /></Field>
      <Field label={t('packaging')} note={t('optional')} error={problem?.at('/packaging')}><TextInput value={packaging} onChange={setPackaging} maxLength={50} /></Field>
    </Dialog>
  );
}
