/** What can be done with stock: received, issued, moved, counted, adjusted, given another status. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import { plainNumber } from '@/planning/model/clipboard';
import { useFormat } from '@/planning/numbers';
import { ReferenceInput } from '@/records/ReferenceInput';
import { Button, Checkbox, Dialog, Field, messageOf, NumberInput, Notice, Select, TextArea, TextInput, toast } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { decimalMark } from '@/words/locale';
import { verb, type StockRow, type StockStatus } from './data';
import { stockWords } from './stock.words';

export type VerbName = 'receive' | 'issue' | 'move' | 'count' | 'adjust' | 'set-status';

const STATUSES: StockStatus[] = ['available', 'blocked', 'quarantine'];

export function VerbDialog({ name, plantId, row, onClose }: { name: VerbName; plantId: string; row: StockRow | null; onClose: () => void }) {
  const t = useWords(stockWords);
  const format = useFormat();
  const mark = decimalMark(useLanguage());
  const cache = useQueryClient();
  const [said, setSaid] = useState<Record<string, string>>({ location_id: row?.location.id ?? '', item_id: row?.item.id ?? '', quantity: name === 'move' ? (row?.quantity ?? '').replace('.', mark) : '', status: row?.status === 'available' ? 'blocked' : 'available' });
  const [isScrap, setScrap] = useState(false);
  // A count that differs too much is not booked: whoever counted learns it before they go.
  const [isWaiting, setWaiting] = useState(false);
  /** A decimal as the server reads it; what is none is the server's to refuse. */
  const decimal = (text: string): string => plainNumber(text, mark) ?? text.trim();
  const set = (key: string) => (value: string | null) => setSaid((before) => ({ ...before, [key]: value ?? '' }));
  const text = (key: string) => said[key]?.trim() ?? '';
  const serials = text('serials').split('\n').map((one) => one.trim()).filter(Boolean);
  const given = (...keys: string[]) => Object.fromEntries(keys.filter((key) => text(key) !== '').map((key) => [key, text(key)]));
  const what = row ? { item_id: row.item.id, lot_id: row.lot?.id, serial_id: row.serial?.id, license_plate_id: row.license_plate?.id } : { item_id: text('item_id') };
  const body = (): Record<string, unknown> => {
    const quantity = decimal(said.quantity ?? '');
    switch (name) {
      case 'receive': return { ...given('location_id', 'item_id', 'unit_id', 'lot_code', 'expires_on', 'supplier_id', 'supplier_lot', 'reference', 'reason'), quantity: serials.length > 0 ? String(serials.length) : quantity, serials };
      case 'issue': return { ...what, location_id: row?.location.id ?? text('location_id'), status: row?.status, quantity, scrap: isScrap, ...given('unit_id', 'reason', 'reference') };
      case 'move': return { ...what, location_id: row?.location.id ?? text('location_id'), status: row?.status, to_location_id: text('to_location_id'), quantity, ...given('unit_id', 'reason', 'reference') };
      case 'count': return { location_id: row?.location.id ?? text('location_id'), lines: [{ ...what, status: row?.status, counted: quantity, ...given('unit_id') }], ...given('reason', 'reference') };
      case 'adjust': return { ...what, location_id: row?.location.id ?? text('location_id'), status: row?.status, quantity, reason: text('reason'), ...given('unit_id', 'reference') };
      case 'set-status': return { ...what, location_id: row?.location.id ?? text('location_id'), from_status: row?.status, status: text('status'), ...(quantity ? { quantity } : {}), reason: text('reason'), ...given('unit_id') };
    }
  };
  const doing = useMutation({
    mutationFn: () => verb<{ waiting_id?: string | null } | null>(name, body()),
    onSuccess: (done) => {
      void cache.invalidateQueries({ queryKey: ['stock'] });
      if (done?.waiting_id) return setWaiting(true);
      toast(t(`done_${name}`));
      onClose();
    },
  });
  const problem = doing.error instanceof Problem ? doing.error : null;
  const at = (pointer: string) => problem?.at(pointer);
  const isAt = problem?.errors.some((one) => ['/location_id', '/item_id', '/quantity', '/lot_code', '/to_location_id', '/reason', '/serials', '/unit_id', '/status', '/lines/0/counted'].includes(one.pointer));
  const within = { plant_id: plantId };
  const title = t(name === 'set-status' ? 'setStatus' : name);
  if (isWaiting) {
    return (
      <Dialog title={t('countWaits')} onClose={onClose} foot={<><Link className="btn" to={`/plants/${plantId}/counts` as string}>{t('openCounts')}</Link><Button look="primary" onClick={onClose}>{t('understood')}</Button></>}>
        <p>{t('countWaitsText')}</p>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={title} onClose={onClose} onSubmit={() => doing.mutate()} side={name === 'receive'}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={doing.isPending}>{title}</Button></>}
    >
      {row && <p><b>{row.item.code}</b> {row.item_name} <span className="muted">{[row.lot?.code, row.serial?.code, row.location.code].filter(Boolean).join(' · ')}</span><br /><span className="muted">{t('inStock', { n: format.number(Number(row.quantity), 6), unit: row.unit })}</span></p>}
      {doing.error && !isAt && <Notice tone="danger">{messageOf(doing.error)}</Notice>}
      {!row && <Field label={t('item')} error={at('/item_id')}><ReferenceInput kind="item" value={text('item_id') || null} onChange={set('item_id')} /></Field>}
      {!row && <Field label={t('place')} error={at('/location_id')}><ReferenceInput kind="location" within={within} value={text('location_id') || null} onChange={set('location_id')} /></Field>}
      {name === 'move' && <Field label={t('toPlace')} error={at('/to_location_id')}><ReferenceInput kind="location" within={within} value={text('to_location_id') || null} onChange={set('to_location_id')} /></Field>}
      {name === 'set-status' && <Field label={t('newStatus')} error={at('/status')}><Select value={text('status')} onChange={set('status')} options={STATUSES.filter((one) => one !== row?.status).map((one) => ({ value: one, label: t(one) }))} /></Field>}
      {name === 'receive' && <Field label={t('serials')} note={t('optional')} help={t('serialsHelp')} error={at('/serials')}><TextArea value={said.serials ?? ''} onChange={set('serials')} spellCheck={false} /></Field>}
      {!(name === 'receive' && serials.length > 0) && (
        <Field label={t(name === 'count' ? 'counted' : name === 'adjust' ? 'addOrTake' : 'quantity')} note={name === 'set-status' ? t('optional') : undefined} error={at('/quantity') ?? at('/lines/0/counted')} help={name === 'count' && row && said.quantity ? t('difference', { n: format.signed(Number(decimal(said.quantity)) - Number(row.quantity), 6), unit: row.unit }) : undefined}>
          <NumberInput value={said.quantity ?? ''} onChange={set('quantity')} unit={row && !text('unit_id') ? row.unit : null} />
        </Field>
      )}
      <Field label={t('unit')} note={t('optional')} help={t('unitHelp')} error={at('/unit_id')}><ReferenceInput kind="unit" value={text('unit_id') || null} onChange={set('unit_id')} /></Field>
      {name === 'receive' && (
        <>
          <Field label={t('lotCode')} note={t('optional')} help={t('lotHelp')} error={at('/lot_code')}><TextInput value={said.lot_code ?? ''} onChange={set('lot_code')} autoComplete="off" spellCheck={false} /></Field>
          <Field label={t('expires')} note={t('optional')} error={at('/expires_on')}><TextInput type="date" value={said.expires_on ?? ''} onChange={set('expires_on')} /></Field>
          <Field label={t('supplier')} note={t('optional')} error={at('/supplier_id')}><ReferenceInput kind="supplier" value={text('supplier_id') || null} onChange={set('supplier_id')} /></Field>
          <Field label={t('supplierLot')} note={t('optional')}><TextInput value={said.supplier_lot ?? ''} onChange={set('supplier_lot')} autoComplete="off" /></Field>
        </>
      )}
      {name === 'issue' && <Checkbox label={t('scrap')} checked={isScrap} onChange={setScrap} />}
      {name !== 'receive' && <Field label={t('reason')} note={name === 'adjust' || name === 'set-status' ? undefined : t('optional')} error={at('/reason')}><TextInput value={said.reason ?? ''} onChange={set('reason')} maxLength={500} /></Field>}
      {name !== 'set-status' && <Field label={t('reference')} note={t('optional')} help={t('referenceHelp')}><TextInput value={said.reference ?? ''} onChange={set('reference')} maxLength={100} /></Field>}
    </Dialog>
  );
}
