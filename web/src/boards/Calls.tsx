/** Calls for help that are open: who is called, where, since when; answered and solved from here. */
import { useQueryClient } from '@tanstack/react-query';
import { BellRing } from 'lucide-react';
import { useMay } from '@/api/session';
import { useFormat } from '@/planning/numbers';
import { Button, toastError } from '@/ui';
import { useWords } from '@/words';
import { boardsWords, type BoardsKey } from './boards.words';
import { answerCall, type BoardCall } from './data';

const KINDS = ['material', 'quality', 'maintenance', 'supervisor', 'safety'];

export function Calls({ plantId, calls }: { plantId: string; calls: (BoardCall & { line: string })[] }) {
  const t = useWords(boardsWords);
  const format = useFormat();
  const may = useMay();
  const cache = useQueryClient();
  const put = (id: string, verb: 'acknowledge' | 'clear') => void answerCall(id, verb).then(() => cache.invalidateQueries({ queryKey: ['floor'] }), toastError);
  const why = (right: string) => (may(`production.andon.${right}`, plantId) ? undefined : t('mayNot'));
  return (
    <ul className="calls">
      {[...calls].sort((a, b) => a.called_at.localeCompare(b.called_at)).map((call) => (
        <li key={call.id} className={call.acknowledged_at ? 'answered' : ''}>
          <BellRing size={18} aria-hidden="true" />
          <span className="grow">
            <b>{t('callOf', { what: KINDS.includes(call.kind) ? t(`call_${call.kind}` as BoardsKey) : call.kind, line: call.line })}</b> <span className="muted">{t('called', { ago: format.ago(call.called_at) })}{call.acknowledged_at && `, ${t('coming')}`}{call.level > 0 && `, ${t('escalated', { n: call.level })}`}{call.text && ` – ${call.text}`}</span>
          </span>
          {!call.acknowledged_at && <Button size="small" why={why('acknowledge')} onClick={() => put(call.id, 'acknowledge')}>{t('answer')}</Button>}
          <Button size="small" why={why('report')} onClick={() => put(call.id, 'clear')}>{t('solved')}</Button>
        </li>
      ))}
    </ul>
  );
}
