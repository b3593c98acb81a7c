/** What lies above the page: dialogs, side panels, menus, toasts. Built on the browser's own top layer, so focus and Escape behave. */
import { X } from 'lucide-react';
import { createContext, useContext, useEffect, useId, useLayoutEffect, useRef, useState, useSyncExternalStore, type FormEvent, type ReactNode, type RefObject } from 'react';
import { createPortal } from 'react-dom';
import { Link } from '@tanstack/react-router';
import { messageOf, requestIdOf } from './errors';
import { Button, IconButton, type ButtonProps } from './controls';
import { useWords } from '@/words';
import { uiWords } from './ui.words';

export interface DialogProps {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the bottom; with `onSubmit` they belong to the form. */
  foot?: ReactNode;
  onSubmit?: () => void;
  side?: boolean;
  wide?: boolean;
  /** Cannot be dismissed by Escape: only its buttons end it. */
  firm?: boolean;
}

/** A dialog, or with `side` a panel at the right. Render it while it is open. */
export function Dialog({ title, onClose, children, foot, onSubmit, side, wide, firm }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const t = useWords(uiWords);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    // The first thing to do, not the button that closes.
    dialog?.querySelector<HTMLElement>('.content :is(input, select, textarea):not(:disabled, [type=hidden])')?.focus();
    return () => dialog?.close();
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    onSubmit?.();
  };
  const inside = (
    <>
      <div className="title">
        <h2 id={id} className="grow">{title}</h2>
        {!firm && <IconButton label={t('close')} size="small" icon={<X size={16} />} onClick={onClose} />}
      </div>
      <div className="content">{children}</div>
      {foot && <div className="foot">{foot}</div>}
    </>
  );
  return createPortal(
    <dialog
      ref={ref} className={`dialog ${side ? 'side' : ''} ${wide ? 'wide' : ''}`} aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!firm) onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === ref.current && !firm && side) onClose();
      }}
    >
      {onSubmit ? <form noValidate onSubmit={submit}>{inside}</form> : <div className="frame">{inside}</div>}
    </dialog>,
    document.body,
  );
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, children, action, onConfirm, onClose, busy, danger }: { title: ReactNode; children: ReactNode; action: string; onConfirm: () => void; onClose: () => void; busy?: boolean; danger?: boolean }) {
  const t = useWords(uiWords);
  return (
    <Dialog
      title={title} onClose={onClose} onSubmit={onConfirm}
      foot={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" look={danger ? 'danger' : 'primary'} busy={busy ?? false} onClick={undefined}>{action}</Button>
        </>
      }
    >
      <div className="muted">{children}</div>
    </Dialog>
  );
}

const CloseMenu = createContext<() => void>(() => {});

function place(menu: HTMLElement, anchor: HTMLElement, alignEnd: boolean): void {
  const from = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = alignEnd ? from.right - width : from.left;
  const below = from.bottom + 4;
  const top = below + height > innerHeight - 8 && from.top - height - 4 > 8 ? from.top - height - 4 : below;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, top)}px`;
}

export interface MenuProps {
  /** The button that opens it. */
  button: Omit<ButtonProps, 'onClick'> & { label?: string };
  children: ReactNode;
  align?: 'start' | 'end';
  onOpen?: () => void;
}

/** A button and what it opens; arrows move, Escape closes. */
export function Menu({ button, children, align = 'start', onOpen }: MenuProps) {
  const anchor = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const { label, ...rest } = button;
  return (
    <div ref={anchor} style={{ display: 'inline-flex' }}>
      <Button
        {...rest} aria-haspopup="menu" aria-expanded={open} aria-label={label} title={label}
        onClick={() => {
          if (!open) onOpen?.();
          setOpen(!open);
        }}
      />
      {open && <MenuList anchor={anchor} align={align} onClose={() => setOpen(false)}>{children}</MenuList>}
    </div>
  );
}

/** What a button opens; with `label` a panel that holds more than commands. */
export function MenuList({ anchor, align, onClose, children, label }: { anchor: RefObject<HTMLElement | null>; align: 'start' | 'end'; onClose: () => void; children: ReactNode; label?: string }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = ref.current;
    if (!menu || !anchor.current) return;
    menu.showPopover();
    place(menu, anchor.current, align === 'end');
    (menu.querySelector<HTMLElement>('.item:not(:disabled)') ?? menu).focus();
    const toggled = (event: Event) => (event as ToggleEvent).newState === 'closed' && onClose();
    menu.addEventListener('toggle', toggled);
    return () => menu.removeEventListener('toggle', toggled);
  }, []);
  const move = (step: number) => {
    const items = [...(ref.current?.querySelectorAll<HTMLElement>('.item:not(:disabled)') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + step + items.length) % items.length]?.focus();
  };
  const close = () => {
    onClose();
    anchor.current?.querySelector<HTMLElement>('button')?.focus();
  };
  return (
    <CloseMenu value={close}>
      <div
        ref={ref} className="menu" role={label ? 'dialog' : 'menu'} aria-label={label} popover="auto" tabIndex={-1}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') move(1);
          else if (event.key === 'ArrowUp') move(-1);
          else if (event.key === 'Tab' && !label) close();
          else return;
          event.preventDefault();
        }}
      >
        {children}
      </div>
    </CloseMenu>
  );
}

export interface MenuItemProps {
  children: ReactNode;
  icon?: ReactNode;
  hint?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
  to?: string;
  href?: string;
  onSelect?: () => void;
}

export function MenuItem({ children, icon, hint, danger, disabled, checked, to, href, onSelect }: MenuItemProps) {
  const close = useContext(CloseMenu);
  const inside = (
    <>
      {icon}
      <span className="grow">{children}</span>
      {hint !== undefined && <span className="hint">{hint}</span>}
    </>
  );
  const common = { className: `item ${danger ? 'danger' : ''}`, tabIndex: -1 };
  if (to) return <Link {...common} role="menuitem" to={to} onClick={close}>{inside}</Link>;
  if (href) return <a {...common} role="menuitem" href={href} onClick={close}>{inside}</a>;
  const role = checked === undefined ? 'menuitem' : 'menuitemradio';
  return (
    <button
      {...common} type="button" role={role} aria-checked={checked} disabled={disabled}
      onClick={() => {
        close();
        onSelect?.();
      }}
    >
      {inside}
    </button>
  );
}

// ── toasts ──
interface Toast {
  id: number;
  text: string;
  look: 'plain' | 'danger';
  requestId: string | null;
  action?: { label: string; run: () => void } | undefined;
}

let toasts: Toast[] = [];
let counter = 0;
const watchers = new Set<() => void>();
const tell = (next: Toast[]) => {
  toasts = next;
  for (const watcher of watchers) watcher();
};
const drop = (id: number) => tell(toasts.filter((toast) => toast.id !== id));

/** Says briefly that something happened; with `action`, how to take it back or see it. What `stays` is there until it is closed. */
export function toast(text: string, action?: { label: string; run: () => void }, stays = false): void {
  const id = ++counter;
  tell([...toasts.slice(-3), { id, text, look: 'plain', requestId: null, action }]);
  if (!stays) setTimeout(() => drop(id), action ? 9000 : 5000);
}

/** Says that something was refused; stays until it is closed. */
export function toastError(error: unknown): void {
  tell([...toasts.slice(-3), { id: ++counter, text: messageOf(error), look: 'danger', requestId: requestIdOf(error) }]);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => toasts,
  );
  const t = useWords(uiWords);
  const ref = useRef<HTMLDivElement>(null);
  // Above dialogs too: what is shown last lies on top of the browser's top layer.
  useEffect(() => {
    const layer = ref.current;
    if (!layer) return;
    if (layer.matches(':popover-open')) layer.hidePopover();
    if (shown.length > 0) layer.showPopover();
  }, [shown]);
  return (
    <div ref={ref} className="toasts" role="status" aria-live="polite" popover="manual" hidden={shown.length === 0}>
      {shown.map((item) => (
        <div key={item.id} className={`toast ${item.look}`}>
          <span className="grow">
            {item.text}
            {item.requestId && <span className="id">{item.requestId}</span>}
          </span>
          {item.action && (
            <button
              type="button" className="act"
              onClick={() => {
                item.action?.run();
                drop(item.id);
              }}
            >
              {item.action.label}
            </button>
          )}
          <button type="button" aria-label={t('close')} onClick={() => drop(item.id)}>
            <X size={15} />
          </button>
        </div>
      ))}
    </div>
  );
}
