/** Which terminal this device is; once chosen, it goes there by itself. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { MonitorSmartphone } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useMay, usePlants } from '@/api/session';
import { Empty, ErrorView, Loading, Page } from '@/ui';
import { Link } from '@tanstack/react-router';
import { useWords } from '@/words';
import { IndexedStore } from './queue/indexed';
import { terminalWords } from './terminal.words';
import { terminals } from './wire';
import './terminal.css';

export default function Choose() {
  const t = useWords(terminalWords);
  const may = useMay();
  const plants = usePlants();
  const navigate = useNavigate();
  const { choose } = useSearch({ strict: false }) as { choose?: string };
  const [isLooking, setLooking] = useState(choose !== 'yes');
  const asked = useQuery({ queryKey: ['records', 'terminal', 'choose'], queryFn: terminals, enabled: !isLooking });
  useEffect(() => {
    if (!isLooking) return;
    void new IndexedStore().read<string>('terminal').then((id) => (id ? navigate({ to: `/terminal/${id}` as string, replace: true }) : setLooking(false)), () => setLooking(false));
  }, [isLooking]);
  return (
    <Page title={t('terminals')} about={t('chooseText')}>
      {isLooking || asked.isPending ? <Loading /> : asked.error ? <ErrorView error={asked.error} onRetry={() => void asked.refetch()} /> : asked.data.length === 0 ? (
        <div className="panel"><Empty icon={<MonitorSmartphone size={28} />} title={t('noTerminals')} actions={may('production.terminal.create') ? <Link className="btn primary" to={'/data/terminals' as string} search={{ new: 'yes' } as never}>{t('makeTerminal')}</Link> : null}>{t('noTerminalsText')}</Empty></div>
      ) : (
        <div className="stack">
          <h2>{t('choose')}</h2>
          {plants.filter((plant) => asked.data.some((one) => one.plant_id === plant.id)).map((plant) => (
            <section key={plant.id} className="stack-s">
              <h3 className="muted">{plant.name}</h3>
              <div className="term-choices">
                {asked.data.filter((one) => one.plant_id === plant.id).map((one) => (
                  <Link key={one.id} className="term-tile" to={`/terminal/${one.id}` as string}><MonitorSmartphone size={22} /><span className="grow"><b>{one.name}</b><small>{one.code}</small></span></Link>
                ))}
              </div>
            </section>
          ))}
        </div>
      )}
    </Page>
  );
}
