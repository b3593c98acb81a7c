/** What a job takes: scanned lot by lot, with the quantity asked for once. */
import { PackageCheck, ScanLine } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ScanDialog } from '@/camera/ScanDialog';
import { useFormat } from '@/planning/numbers';
import { Notice } from '@/ui';
import { useWords } from '@/words';
import { useJob, useTerminal } from '../context';
import { issueOf, type Issue } from '../model/issue';
import { numberFrom } from '../model/rules';
import { Acts, Pad, Tile } from '../parts';
import { terminalWords } from '../terminal.words';
import { NoJob } from './Job';

export function Material({ id, code }: { id: string; code?: string | undefined }) {
  const t = useWords(terminalWords);
  const format = useFormat();
  const { view, say, go, onScan } = useTerminal();
  const job = useJob(id);
  const [scanning, setScanning] = useState(false);
  const [issue, setIssue] = useState<Issue | null>(null);
  const [text, setText] = useState('');
  const components = view.components.filter((one) => one.job_id === id);
  const take = (scanned: string) => {
    const found = issueOf(scanned, components);
    setIssue(found);
    setText(found.quantity === null ? '' : String(found.quantity));
  };
  useEffect(() => onScan((scanned) => (take(scanned), true)), [id, components.length]);
  useEffect(() => {
    if (code) take(code);
  }, [code]);
  if (!job) return <NoJob />;
  const back = { label: t('back'), onPress: () => (issue ? setIssue(null) : go({ at: 'job', job: id })) };
  if (issue) {
    const component = components.find((one) => one.item.id === issue.itemId);
    const quantity = text === '' ? Number.NaN : numberFrom(text);
    const why = !(quantity > 0) ? t('nothingCounted') : !issue.itemId && components.length > 0 && issue.isUnknown && components.length > 1 && !issue.lotId ? t('chooseComponent') : null;
    const put = async () => {
      const kept = await say({ kind: 'material.issue', job_id: id, line_id: job.line_id, quantity, ...(issue.lotId ? { lot_id: issue.lotId } : issue.code ? { code: issue.code } : {}), ...(issue.itemId ? { item_id: issue.itemId } : {}) }, { hold: true });
      if (kept) setIssue(null);
    };
    return (
      <div className="term-step">
        <h2>{component ? component.item.name : t('chooseComponent')} <small className="muted">{issue.code}</small></h2>
        {issue.isUnknown && <Notice tone="warn">{t('unknownCode', { code: issue.code ?? '' })}</Notice>}
        <div className="term-split">
          <Pad value={text} onChange={setText} decimals label={t('quantity')} onEnter={() => !why && void put()} />
          <div className="stack">
            {issue.isUnknown && components.map((one) => <Tile key={one.item.id} pressed={issue.itemId === one.item.id} note={one.item.code} onPress={() => setIssue({ ...issue, itemId: one.item.id })}>{one.item.name}</Tile>)}
            {component && component.needed > component.issued && <Tile onPress={() => setText(String(round(component.needed - component.issued)))}>{t('allMissing', { n: format.number(component.needed - component.issued) })} {component.item.unit}</Tile>}
          </div>
        </div>
        <Acts secondary={back} primary={{ label: t('issueN', { n: Number.isFinite(quantity) ? `${format.number(quantity)} ${component?.item.unit ?? ''}`.trim() : '–' }), icon: <PackageCheck size={26} />, onPress: () => void put(), why }} />
      </div>
    );
  }
  return (
    <div className="term-step">
      <h2>{t('material')} <small className="muted">{job.item.name}</small></h2>
      {components.length === 0 && <p className="muted">{t('noMaterial')}</p>}
      <ul className="term-components">
        {components.map((one) => (
          <li key={one.item.id}>
            <div className="row wrap">
              <b className="grow">{one.item.name} <span className="muted">{one.item.code}</span></b>
              <span className="tabular large">{t('issued', { n: format.number(one.issued), of: format.number(one.needed) })} {one.item.unit}</span>
            </div>
            <div className="term-bar small-bar"><span style={{ width: `${one.needed > 0 ? Math.min(100, (100 * one.issued) / one.needed) : 0}%` }} /></div>
            <p className="small muted">{t(one.mode === 'backflush' ? 'backflush' : 'byHand')}</p>
            {one.mode === 'explicit' && one.lots.length > 0 && (
              <div className="term-tiles lots">
                {one.lots.slice(0, 6).map((lot) => (
                  <Tile key={lot.id} note={<>{format.number(lot.quantity)} {one.item.unit}{lot.expires_on && ` · ${t('expires', { at: format.date(lot.expires_on) })}`}</>} onPress={() => { setIssue({ code: lot.code, itemId: one.item.id, lotId: lot.id, quantity: null, isUnknown: false }); setText(''); }}>{lot.code}</Tile>
                ))}
              </div>
            )}
          </li>
        ))}
      </ul>
      {scanning && <ScanDialog title={t('scanLot')} onCode={take} onClose={() => setScanning(false)} />}
      <Acts secondary={back} primary={{ label: t('scanLot'), icon: <ScanLine size={26} />, onPress: () => setScanning(true) }} />
    </div>
  );
}

/** Without the dust that differences of decimals leave. */
const round = (value: number): number => Number(value.toFixed(6));
