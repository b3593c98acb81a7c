/** What lies where, and the ledger that it is the sum of. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { EllipsisVertical, PackagePlus, Scale, Boxes } from 'lucide-react';
import { Fragment, useState } from 'react';
import { useMay } from '@/api/session';
import { LabelDialog, type LabelOf } from '@/labels/LabelDialog';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import { ReferenceInput } from '@/records/ReferenceInput';
import { Badge, Button, Empty, ErrorView, Loading, Menu, MenuItem, Moment, Notice, Page, Rows, Segmented, Select, useRows, type Tone } from '@/ui';
import { useWords } from '@/words';
import { reconcileQuery, type MovementRow, type StockRow, type StockStatus } from './data';
import { dayOf, daysLeft, free, grouped, GROUPINGS, type Grouping } from './model/rows';
import { PromisedList } from './Promised';
import { ScanBox } from './ScanBox';
import { stockWords, type StockKey } from './stock.words';
import { VerbDialog, type VerbName } from './Verbs';
import './stock.css';

const TONES: Record<StockStatus, Tone | undefined> = { available: 'ok', blocked: 'danger', quarantine: 'warn' };
const RIGHTS: Record<VerbName, string> = { receive: 'receive', issue: 'issue', move: 'move', count: 'count', adjust: 'adjust', 'set-status': 'set_status' };

/** Days before its end from which a lot is marked. */
const SOON_DAYS = 14;

export default function StockPage() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(stockWords);
  const may = useMay();
  const [url, setUrl] = useUrl();
  const [label, setLabel] = useState<LabelOf | null>(null);
  const [doing, setDoing] = useState<{ verb: VerbName; row: StockRow | null } | null>(null);
  const tab = url('tab', 'stock');
  const why = (verb: VerbName) => (may(`inventory.stock.${RIGHTS[verb]}`, plantId) ? undefined : t('mayNot'));
  return (
    <Page
      title={t('title')} about={t('about')}
      actions={<><ScanBox plantId={plantId} /><Button look="primary" icon={<PackagePlus size={15} />} why={why('receive')} data-key="n" onClick={() => setDoing({ verb: 'receive', row: null })}>{t('receive')}</Button></>}
    >
      <div className="tabs" role="tablist">
        {(['stock', 'promised', 'movements'] as const).map((one) => <button key={one} type="button" role="tab" aria-selected={tab === one} onClick={() => setUrl({ tab: one === 'stock' ? '' : one })}>{t(one)}</button>)}
      </div>
      {tab === 'movements' ? <Movements plantId={plantId} /> : tab === 'promised' ? <PromisedList plantId={plantId} /> : <Lying plantId={plantId} onVerb={(verb, row) => setDoing({ verb, row })} onLabel={setLabel} why={why} />}
      {label && <LabelDialog of={label} onClose={() => setLabel(null)} />}
      {doing && <VerbDialog key={doing.verb + (doing.row?.id ?? '')} name={doing.verb} row={doing.row} plantId={plantId} onClose={() => setDoing(null)} />}
    </Page>
  );
}

/** What the label of a row is that of: the piece, else the lot, else what it lies in. */
function labelledIn(row: StockRow): LabelOf {
  const [kind, of] = row.serial ? (['serial', row.serial] as const) : row.lot ? (['lot', row.lot] as const) : row.license_plate ? (['license_plate', row.license_plate] as const) : (['location', row.location] as const);
  return { kind, id: of.id, name: of.code, plantId: row.plant_id };
}

function Lying({ plantId, onVerb, onLabel, why }: { plantId: string; onLabel: (of: LabelOf) => void; onVerb: (verb: VerbName, row: StockRow) => void; why: (verb: VerbName) => string | undefined }) {
  const t = useWords(stockWords);
  const format = useFormat();
  const [url, setUrl] = useUrl();
  const by = (GROUPINGS.find((one) => one === url('by')) ?? 'place') satisfies Grouping;
  const asked = new URLSearchParams({ plant_id: plantId, limit: '500' });
  for (const [name, parameter] of [['item', 'item_id'], ['within', 'within'], ['status', 'status'], ['lot', 'lot_id']] as const) if (url(name)) asked.set(parameter, url(name));
  const stock = useRows<StockRow>(['stock', 'list', asked.toString()], `/api/v1/stock?${asked}`);
  const check = useQuery(reconcileQuery(plantId));
  const today = dayOf(new Date());
  return (
    <>
      <div className="row wrap stock-tools">
        <Segmented label={t('groupBy')} value={by} onChange={(value) => setUrl({ by: value === 'place' ? '' : value })} segments={[{ value: 'place', label: t('byPlace') }, { value: 'item', label: t('byItem') }, { value: 'lot', label: t('byLot') }]} />
        <div className="row"><label className="small muted" htmlFor="stock-within">{t('place')}</label><div className="stock-filter"><ReferenceInput id="stock-within" kind="location" within={{ plant_id: plantId }} value={url('within') || null} onChange={(id) => setUrl({ within: id ?? '' })} /></div></div>
        <div className="row"><label className="small muted" htmlFor="stock-item">{t('item')}</label><div className="stock-filter"><ReferenceInput id="stock-item" kind="item" value={url('item') || null} onChange={(id) => setUrl({ item: id ?? '' })} /></div></div>
        <Select style={{ width: 'auto' }} aria-label={t('status')} value={url('status')} empty={t('allStatuses')} options={(['available', 'quarantine', 'blocked'] as const).map((one) => ({ value: one, label: t(one) }))} onChange={(value) => setUrl({ status: value })} />
        <span className="grow" />
        <Button icon={<Scale size={15} />} busy={check.isFetching} onClick={() => void check.refetch()}>{t('reconcile')}</Button>
      </div>
      {check.data && !check.isFetching && (check.data.differences.length === 0
        ? <Notice tone="ok">{t('reconciled', { movements: check.data.movements, stocks: check.data.stocks })}</Notice>
        : <Notice tone="danger">{t('reconcileDiffers', { n: check.data.differences.length })}: {check.data.differences.slice(0, 5).map((one) => `${one.of} ${one.stock} ≠ ${one.ledger}`).join('; ')}</Notice>)}
      {stock.isPending ? <Loading /> : stock.isError ? <ErrorView error={stock.error} onRetry={() => void stock.refetch()} /> : stock.rows.length === 0 ? (
        <div className="panel"><Empty icon={<Boxes size={28} />} title={t('none')}>{t('noneText')}</Empty></div>
      ) : (
        <section className="panel">
          {stock.hasNextPage && <p className="notice">{t('moreThere')}</p>}
          <div className="table-scroll">
            <table className="table stock-table" aria-label={t('title')}>
              <thead>
                <tr>
                  <th scope="col">{t(by === 'item' ? 'lot' : 'item')}</th><th scope="col">{t(by === 'place' ? 'lot' : by === 'lot' ? 'serial' : 'serial')}</th><th scope="col">{t(by === 'place' ? 'serial' : 'place')}</th><th scope="col">{t('status')}</th><th scope="col">{t('expires')}</th>
                  <th scope="col" className="num">{t('quantity')}</th><th scope="col" className="num">{t('reserved')}</th><th scope="col" className="num">{t('free')}</th><th scope="col">{t('unit')}</th><th scope="col"><span className="sr-only">{t('actions')}</span></th>
                </tr>
              </thead>
              <tbody>
                {grouped(stock.rows, by).map((group) => (
                  <Fragment key={group.key}>
                    <tr className="group">
                      <th scope="rowgroup" colSpan={5}>{group.title || t('noLot')} <span className="muted">{group.note}</span></th>
                      <td className="num">{group.total && format.number(group.total.quantity, 6)}</td><td className="num">{group.total && format.number(group.total.reserved, 6)}</td><td className="num">{group.total && format.number(group.total.quantity - group.total.reserved, 6)}</td><td>{group.total?.unit}</td><td />
                    </tr>
                    {group.rows.map((row) => {
                      const left = row.expires_on ? daysLeft(row.expires_on, today) : null;
                      const item = <><Link className="name" to={`/data/items/${row.item.id}` as string}>{row.item.code}</Link> <span className="muted">{row.item_name}</span></>;
                      const lot = row.lot ? <Link to={`/plants/${plantId}/trace/lot/${row.lot.id}` as string}>{row.lot.code}</Link> : <span className="faint">–</span>;
                      const serial = row.serial ? <Link to={`/plants/${plantId}/trace/serial/${row.serial.id}` as string}>{row.serial.code}</Link> : row.license_plate ? <span className="muted">{row.license_plate.code}</span> : <span className="faint">–</span>;
                      const place = <span title={row.location_name}>{row.location.code}</span>;
                      return (
                        <tr key={row.id}>
                          <td>{by === 'item' ? lot : item}</td><td>{by === 'place' ? lot : serial}</td><td>{by === 'place' ? serial : place}</td>
                          <td><Badge tone={TONES[row.status]}>{t(row.status)}</Badge></td>
                          <td className={left !== null && left < SOON_DAYS ? 'bad' : ''}>{row.expires_on ? <>{format.date(row.expires_on)} {left !== null && left < SOON_DAYS && <span className="small">{left < 0 ? t('over') : t('daysLeft', { n: left })}</span>}</> : <span className="faint">–</span>}</td>
                          <td className="num">{format.number(Number(row.quantity), 6)}</td><td className="num">{Number(row.reserved) > 0 ? format.number(Number(row.reserved), 6) : <span className="faint">–</span>}</td><td className="num">{format.number(free(row), 6)}</td><td className="muted">{row.unit}</td>
                          <td className="actions">
                            <Menu align="end" button={{ label: `${t('actions')}: ${row.item.code} ${row.lot?.code ?? row.serial?.code ?? ''}`.trim(), look: 'ghost', size: 'small', icon: <EllipsisVertical size={15} /> }}>
                              {(['move', 'issue', 'count', 'adjust', 'set-status'] as const).filter((verb) => why(verb) === undefined).map((verb) => <MenuItem key={verb} onSelect={() => onVerb(verb, row)}>{t(verb === 'set-status' ? 'setStatus' : verb)}</MenuItem>)}
                              {(row.serial ?? row.lot) && <MenuItem to={`/plants/${plantId}/trace/${row.serial ? `serial/${row.serial.id}` : `lot/${row.lot?.id}`}`}>{t('trace')}</MenuItem>}
                              <MenuItem onSelect={() => onLabel(labelledIn(row))}>{t('label')}</MenuItem>
                            </Menu>
                          </td>
                        </tr>
                      );
                    })}
                  </Fragment>
                ))}
              </tbody>
            </table>
          </div>
          {stock.hasNextPage && <div style={{ padding: 10 }}><Button size="small" busy={stock.isFetchingNextPage} onClick={() => void stock.fetchNextPage()}>{t('more')}</Button></div>}
        </section>
      )}
    </>
  );
}

function Movements({ plantId }: { plantId: string }) {
  const t = useWords(stockWords);
  const format = useFormat();
  const rows = useRows<MovementRow>(['stock', 'movements', plantId], `/api/v1/stock/movements?plant_id=${plantId}&limit=100`);
  return (
    <section className="panel">
      <Rows
        of={rows} label={t('movements')} rowKey={(row) => row.id} empty={<Empty icon={<Boxes size={28} />} title={t('movementsNone')} />}
        columns={[
          { title: t('when'), value: (row) => <Moment at={row.at} exact /> },
          { title: t('what'), value: (row) => t(`kind_${row.kind}` as StockKey) },
          { title: t('item'), value: (row) => row.item.code },
          { title: t('lot'), value: (row) => row.lot?.code ?? row.serial?.code ?? '–' },
          { title: t('place'), value: (row) => row.location.code },
          { title: t('quantity'), num: true, value: (row) => `${format.signed(Number(row.quantity), 6)} ${row.unit}` },
          { title: t('reason'), value: (row) => [row.reason, row.reference].filter(Boolean).join(' · ') || '–' },
        ]}
      />
    </section>
  );
}
