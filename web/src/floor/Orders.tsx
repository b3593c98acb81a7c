/** Orders of a plant: manufacturing orders with their progress, and the production orders they serve. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ClipboardList, EllipsisVertical, FlaskConical, Plus } from 'lucide-react';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { scenariosQuery } from '@/planning/data';
import { useLive } from '@/planning/live';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import { Badge, Button, Checkbox, Dialog, Empty, ErrorView, Field, Loading, Menu, MenuItem, messageOf, Notice, Page, Segmented, Select, TextInput, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { OPEN, ordersQuery, planOrder, productionOrdersQuery, releaseOrders, type Order, type OrderStatus, type ProductionOrder } from './data';
import { floorWords, type FloorKey } from './floor.words';
import { fits, useOrderVerbs, type Verb } from './OrderVerbs';
import { Due, ItemName, Progress, StatusBadge } from './parts';

const VIEWS: Record<string, OrderStatus[]> = { all: OPEN, s_planned: ['planned'], s_released: ['released'], s_running: ['running'], s_paused: ['paused'], s_completed: ['completed'], over: ['closed', 'cancelled'] };
const VERBS: Verb[] = ['release', 'hold', 'resume', 'split', 'close', 'cancel'];

export default function OrdersPage() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(floorWords);
  const may = useMay();
  const [url, setUrl] = useUrl();
  const [releasing, setReleasing] = useState(false);
  const tab = url('tab', 'making');
  return (
    <Page
      title={t('orders')} about={t('ordersAbout')}
      actions={
        <>
          {may('production.production_order.create', plantId) && <Link className="btn" to={'/data/production-orders' as string} search={{ new: 'yes' } as never}><Plus size={15} />{t('newWanted')}</Link>}
          {may('production.production_order.create', plantId) && <Button look="primary" icon={<FlaskConical size={15} />} onClick={() => setReleasing(true)}>{t('releasePlan')}</Button>}
        </>
      }
    >
      <div className="tabs" role="tablist">
        {(['making', 'wanted'] as const).map((one) => <button key={one} type="button" role="tab" aria-selected={tab === one} onClick={() => setUrl({ tab: one === 'making' ? '' : one })}>{t(one)}</button>)}
      </div>
      {tab === 'wanted' ? <Wanted plantId={plantId} /> : <Making plantId={plantId} />}
      {releasing && <FromPlan plantId={plantId} onClose={() => setReleasing(false)} />}
    </Page>
  );
}

function Making({ plantId }: { plantId: string }) {
  const t = useWords(floorWords);
  const cache = useQueryClient();
  const [url, setUrl] = useUrl();
  const view = url('view', 'all') in VIEWS ? url('view', 'all') : 'all';
  const orders = useQuery(ordersQuery(plantId, VIEWS[view] ?? OPEN, url('q')));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const verbs = useOrderVerbs(plantId);
  useLive(['gemba.manufacturing_order.', 'gemba.job.'], () => void cache.invalidateQueries({ queryKey: ['records', 'manufacturing_order', 'floor'] }));
  const rows = orders.data?.items ?? [];
  const some = rows.filter((order) => chosen.has(order.id));
  const toggle = (id: string) => setChosen(chosen.has(id) ? new Set([...chosen].filter((one) => one !== id)) : new Set([...chosen, id]));
  return (
    <>
      <div className="row wrap">
        <Segmented label={t('status')} value={view} onChange={(value) => setUrl({ view: value === 'all' ? '' : value })} segments={Object.keys(VIEWS).map((value) => ({ value, label: t(value as FloorKey) }))} />
        <span className="grow" />
        <input className="input find" style={{ width: 200 }} type="search" aria-label={t('search')} placeholder={t('search')} defaultValue={url('q')} onChange={(event) => setUrl({ q: event.target.value.trim() })} />
      </div>
      {some.length > 0 && (
        <div className="sandbox">
          <b>{t('selected', { n: some.length })}</b>
          {(['release', 'hold', 'resume', 'close', 'cancel'] as const).map((verb) => {
            const able = some.filter((order) => fits(verb, order));
            return able.length > 0 && <Button key={verb} size="small" why={verbs.why(verb)} onClick={() => { verbs.begin(verb, able); setChosen(new Set()); }}>{t(verb)} ({able.length})</Button>;
          })}
          {some.length > 1 && some.every((order) => fits('merge', order) && order.item_id === some[0]?.item_id) && <Button size="small" why={verbs.why('merge')} onClick={() => { verbs.begin('merge', some); setChosen(new Set()); }}>{t('merge')}</Button>}
        </div>
      )}
      {orders.isPending ? <Loading /> : orders.error ? <ErrorView error={orders.error} onRetry={() => void orders.refetch()} /> : rows.length === 0 ? (
        <div className="panel"><Empty icon={<ClipboardList size={28} />} title={t('noOrders')}>{t('noOrdersText')}</Empty></div>
      ) : (
        <section className="panel">
          {orders.data?.next_cursor && <Notice>{t('moreOrders')}</Notice>}
          <div className="table-scroll">
            <table className="table" aria-label={t('orders')}>
              <thead><tr><th scope="col"><Checkbox label={<span className="sr-only">{t('all')}</span>} checked={some.length === rows.length} mixed={some.length > 0 && some.length < rows.length} onChange={(on) => setChosen(on ? new Set(rows.map((order) => order.id)) : new Set())} /></th><th scope="col">{t('code')}</th><th scope="col">{t('item')}</th><th scope="col">{t('progress')}</th><th scope="col" className="num">{t('scrapped')}</th><th scope="col">{t('due')}</th><th scope="col" className="num">{t('priority')}</th><th scope="col">{t('status')}</th><th scope="col"><span className="sr-only">{t('actions')}</span></th></tr></thead>
              <tbody>{rows.map((order) => <OrderRow key={order.id} order={order} plantId={plantId} isChosen={chosen.has(order.id)} onToggle={() => toggle(order.id)} onVerb={(verb) => verbs.begin(verb, [order])} why={verbs.why} />)}</tbody>
            </table>
          </div>
        </section>
      )}
      {verbs.dialog}
    </>
  );
}

function OrderRow({ order, plantId, isChosen, onToggle, onVerb, why }: { order: Order; plantId: string; isChosen: boolean; onToggle: () => void; onVerb: (verb: Verb) => void; why: (verb: Verb) => string | undefined }) {
  const t = useWords(floorWords);
  const format = useFormat();
  const isOver = order.status === 'completed' || order.status === 'closed' || order.status === 'cancelled';
  return (
    <tr className={isChosen ? 'chosen' : ''}>
      <td><Checkbox label={<span className="sr-only">{order.code}</span>} checked={isChosen} onChange={onToggle} /></td>
      <td className="nowrap"><Link className="name" to={`/plants/${plantId}/orders/${order.id}` as string}>{order.code}</Link> {order.type !== 'make' && <Badge tone="warn">{t(`type_${order.type}`)}</Badge>}</td>
      <td><ItemName id={order.item_id} /></td>
      <td><Progress good={order.good} quantity={order.quantity} /></td>
      <td className="num">{Number(order.scrapped) > 0 ? format.number(Number(order.scrapped)) : <span className="faint">–</span>}</td>
      <td><Due at={order.due_at} isOver={isOver} /></td>
      <td className="num">{order.priority}</td>
      <td><StatusBadge status={order.status} />{order.status_note && <div className="small muted clamp-1" title={order.status_note}>{order.status_note}</div>}</td>
      <td className="actions">
        <Menu align="end" button={{ label: `${t('actions')}: ${order.code}`, look: 'ghost', size: 'small', icon: <EllipsisVertical size={15} /> }}>
          {VERBS.filter((verb) => fits(verb, order) && why(verb) === undefined).map((verb) => <MenuItem key={verb} danger={verb === 'cancel'} onSelect={() => onVerb(verb)}>{t(verb)}</MenuItem>)}
          <MenuItem to={`/data/manufacturing-orders/${order.id}`}>{t('openRecord')}</MenuItem>
        </Menu>
      </td>
    </tr>
  );
}

function Wanted({ plantId }: { plantId: string }) {
  const t = useWords(floorWords);
  const format = useFormat();
  const cache = useQueryClient();
  const may = useMay();
  const orders = useQuery(productionOrdersQuery(plantId));
  const make = async (order: ProductionOrder) => {
    try {
      const made = await planOrder(order.id);
      toast(made.length > 0 ? t('planned_n', { n: made.length }) : t('madeBefore'));
      void cache.invalidateQueries({ queryKey: ['records', 'manufacturing_order'] });
    } catch (error) {
      toastError(error);
    }
  };
  if (orders.isPending) return <Loading />;
  if (orders.error) return <ErrorView error={orders.error} onRetry={() => void orders.refetch()} />;
  if (orders.data.length === 0) return <div className="panel"><Empty icon={<ClipboardList size={28} />} title={t('noWanted')}>{t('noOrdersText')}</Empty></div>;
  return (
    <section className="panel table-scroll">
      <table className="table" aria-label={t('wanted')}>
        <thead><tr><th scope="col">{t('code')}</th><th scope="col">{t('item')}</th><th scope="col" className="num">{t('quantity')}</th><th scope="col">{t('due')}</th><th scope="col" className="num">{t('priority')}</th><th scope="col">{t('source')}</th><th scope="col"><span className="sr-only">{t('actions')}</span></th></tr></thead>
        <tbody>
          {orders.data.map((order) => (
            <tr key={order.id}>
              <td><Link className="name" to={`/data/production-orders/${order.id}` as string}>{order.code}</Link> {order.external_id && order.external_id !== order.code && <span className="small muted">{order.external_id}</span>}</td>
              <td><ItemName id={order.item_id} /></td><td className="num">{format.number(Number(order.quantity))}</td><td><Due at={order.due_at} /></td><td className="num">{order.priority}</td><td>{t(`source_${order.source}`)}</td>
              <td className="actions"><Button size="small" why={may('production.manufacturing_order.create', plantId) ? undefined : t('mayNot')} onClick={() => void make(order)}>{t('makeOf')}</Button></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A day from today on, as an input takes it. */
function dayAfter(days: number): string {
  const day = new Date();
  day.setDate(day.getDate() + days);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`;
}

function FromPlan({ plantId, onClose }: { plantId: string; onClose: () => void }) {
  const t = useWords(floorWords);
  const cache = useQueryClient();
  const scenarios = useQuery(scenariosQuery(plantId));
  const approved = (scenarios.data ?? []).filter((one) => one.status === 'approved');
  const [chosen, setChosen] = useState('');
  const [from, setFrom] = useState(() => dayAfter(0));
  const [to, setTo] = useState(() => dayAfter(27));
  const [release, setRelease] = useState(true);
  const id = chosen || (approved[0]?.id ?? '');
  const doing = useMutation({
    mutationFn: () => releaseOrders(id, { from, to, release }),
    onSuccess: (answer) => {
      toast(answer.unchanged > 0 ? t('plannedBefore', { n: answer.created, before: answer.unchanged }) : t('planned_n', { n: answer.created }));
      void cache.invalidateQueries({ queryKey: ['records'] });
      onClose();
    },
  });
  const problem = doing.error instanceof Problem ? doing.error : null;
  return (
    <Dialog title={t('fromPlan')} onClose={onClose} onSubmit={() => id && doing.mutate()} foot={<><Button onClick={onClose}>{t('back')}</Button><Button type="submit" look="primary" busy={doing.isPending} why={id ? undefined : t('noPlans')}>{t('makeOrders')}</Button></>}>
      <p className="muted">{t('fromPlanText')}</p>
      {doing.error && <Notice tone="danger">{messageOf(doing.error)}</Notice>}
      {scenarios.isPending ? <Loading lines={2} /> : approved.length === 0 ? <Notice tone="warn">{t('noPlans')}</Notice> : <Field label={t('plan')}><Select value={id} onChange={setChosen} options={approved.map((one) => ({ value: one.id, label: one.name }))} /></Field>}
      <div className="form-grid">
        <Field label={t('fromDay')} error={problem?.at('/from')}><TextInput type="date" value={from} onChange={setFrom} /></Field>
        <Field label={t('toDay')} error={problem?.at('/to')}><TextInput type="date" value={to} min={from} onChange={setTo} /></Field>
      </div>
      <Checkbox label={t('releaseThem')} checked={release} onChange={setRelease} />
    </Dialog>
  );
}
