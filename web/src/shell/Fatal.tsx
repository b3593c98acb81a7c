/** When not even the first question could be answered: what happened, and the way to try again. */
import { messageOf, requestIdOf } from '@/ui/errors';
import { uiWords } from '@/ui/ui.words';
import { fill, useLanguage } from '@/words';

export function Fatal({ error }: { error: unknown }) {
  const words = uiWords[useLanguage()];
  const id = requestIdOf(error);
  return (
    <main className="empty" role="alert" style={{ minHeight: '100dvh', justifyContent: 'center' }}>
      <img src="/icon.svg" width={40} height={40} alt="Gemba" />
      <h1>{words.wentWrong}</h1>
      <p>{messageOf(error)}</p>
      {id && <p className="small faint">{fill(words.requestId, { id }, 'en')}</p>}
      <div className="actions">
        <button type="button" className="btn primary" onClick={() => location.reload()}>
          {words.retry}
        </button>
      </div>
    </main>
  );
}
