/** Keys, and what they do. A control says its key by `data-key`; pressing it outside of a field is a click on it. */
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Dialog, Kbd } from '@/ui';
import { useWords } from '@/words';
import { shellWords } from './shell.words';

const GO: Record<string, string> = { h: '/', l: '/data/lines', i: '/data/items', d: '/data', r: '/runs' };

const isTyping = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export function useShortcuts({ onFind, onShortcuts }: { onFind: () => void; onShortcuts: () => void }): void {
  const navigate = useNavigate();
  const going = useRef(0);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        onFind();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]')) return;
      const to = GO[event.key];
      if (Date.now() - going.current < 1200 && to) {
        going.current = 0;
        void navigate({ to });
      } else if (event.key === 'g') going.current = Date.now();
      else if (event.key === '?') onShortcuts();
      else if (event.key === '/') document.querySelector<HTMLElement>('.find input')?.focus();
      else {
        const control = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key)}"]:not([aria-disabled='true'])`);
        if (!control) return;
        control.click();
      }
      event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const t = useWords(shellWords);
  const rows: [string[], string][] = [
    [['Ctrl', 'K'], t('findAnything')], [['?'], t('shortcuts')], [['/'], t('keySearch')], [['n'], t('keyNew')], [['e'], t('keyEdit')],
    [['g', 'h'], t('keyStart')], [['g', 'l'], t('keyLines')], [['g', 'i'], t('keyItems')], [['g', 'd'], t('keyData')], [['g', 'r'], t('runs')],
    [['↑', '↓'], t('keyMove')], [['Enter'], t('keyOpen')], [['Space'], t('keySelect')], [['Esc'], t('keyClose')],
  ];
  return (
    <Dialog title={t('shortcuts')} onClose={onClose}>
      <table className="table">
        <tbody>
          {rows.map(([keys, what]) => (
            <tr key={what}>
              <td>{what}</td>
              <td className="actions">{keys.map((key) => <span key={key}><Kbd>{key}</Kbd> </span>)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
