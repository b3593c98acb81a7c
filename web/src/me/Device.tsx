/** What of plans is kept in this browser, and the way to have the app on the home screen. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { forgetPlans, keepsPlans, keptNow, setKeepsPlans } from '@/offline/kept';
import { useInstall } from '@/offline/install';
import { Button, Checkbox, Panel, toast, toastError } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { meWords } from './me.words';

const sizeOf = (bytes: number, language: string): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000).toLocaleString(language)} kB` : `${(bytes / 1_000_000).toLocaleString(language, { maximumFractionDigits: 1 })} MB`;

export function Device() {
  const t = useWords(meWords);
  const language = useLanguage();
  const queries = useQueryClient();
  const [on, setOn] = useState(keepsPlans);
  const install = useInstall();
  const { data } = useQuery({ queryKey: ['kept'], queryFn: keptNow, staleTime: 0 });
  const told = () => void queries.invalidateQueries({ queryKey: ['kept'] });
  const forget = useMutation({ mutationFn: forgetPlans, onSuccess: () => { told(); toast(t('forgotten')); }, onError: toastError });
  const turn = (keep: boolean) => {
    setOn(keep);
    void setKeepsPlans(keep).then(told);
  };
  return (
    <Panel title={t('device2')}>
      <div className="stack">
        <p className="muted">{t('deviceText')}</p>
        <Checkbox label={t('keepPlans')} checked={on} onChange={turn} />
        <div className="row wrap">
          <span className="muted grow">{data && t('kept2', { n: data.answers, size: sizeOf(data.bytes, language) })}</span>
          {Boolean(data?.answers) && <Button icon={<Trash2 size={15} />} busy={forget.isPending} onClick={() => forget.mutate()}>{t('forget')}</Button>}
          {install && <Button icon={<Download size={15} />} onClick={install}>{t('installIt')}</Button>}
        </div>
      </div>
    </Panel>
  );
}
