/** The first page: the plant's next steps. */
import { useMe } from '@/api/session';
import { Page } from '@/ui';
import { useWords } from '@/words';
import { startWords } from './start.words';

export default function Start() {
  const t = useWords(startWords);
  const me = useMe();
  return (
    <Page title={t('hello', { name: me.name.split(' ')[0] ?? me.name })} about={t('about')}>
      <div />
    </Page>
  );
}
