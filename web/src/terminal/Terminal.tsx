/** The terminal at a line: one frame for all steps, that works with and without a network. */
import { useNavigate, useParams } from '@tanstack/react-router';
import { CircleStop, CloudOff, EllipsisVertical, Hand, Languages, LogOut, MailWarning, MonitorSmartphone, MoonStar, RefreshCw, ScanLine, TriangleAlert, UserRound, Wifi } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { onEvent } from '@/api/live';
import { setTheme, useTheme } from '@/shell/preferences';
import { Button, Menu, MenuItem, Notice } from '@/ui';
import { LANGUAGES, setLanguage, useLanguage, useWords } from '@/words';
import { TerminalContext, useTerminal, type Place, type TerminalHere } from './context';
import { isWrong, serverTime } from './model/clock';
import type { OperatorFacts } from './model/work';
import { Wedge, readCode } from './model/scan';
import { Jobs } from './Jobs';
import { useClockTime, useSaying, useSpan } from './parts';
import { IndexedStore } from './queue/indexed';
import type { Barred } from './queue/queue';
import { ScanDialog } from '@/camera/ScanDialog';
import { Station, useStation } from './station';
import { Count, Reasons } from './steps/Count';
import { Help } from './steps/Help';
import { Instructions } from './steps/Instructions';
import { Finish, Job, NoJob } from './steps/Job';
import { Machine } from './steps/Machine';
import { Material } from './steps/Material';
import { News } from './steps/News';
import { People, Pin } from './steps/People';
import { Stop } from './steps/Stop';
import { terminalWords } from './terminal.words';
import { wire } from './wire';
import './terminal.css';

/** Nobody touched it so long: whoever comes next says who they are (ms). */
const IDLE_MS = 10 * 60_000;
/** As long something is told (ms). */
const TOLD_MS = 5_000;

interface SignedOn {
  operator: string;
  at: number;
}

const store = new IndexedStore();

export default function TerminalPage() {
  const { terminalId } = useParams({ strict: false }) as { terminalId: string };
  const station = useMemo(() => new Station(terminalId, { store, wire, now: () => Date.now(), newId: () => crypto.randomUUID() }), [terminalId]);
  useEffect(() => station.begin(), [station]);
  useEffect(() => void store.write('terminal', terminalId).catch(() => undefined), [terminalId]);
  // What happens at the lines is asked for at once, not at the next round.
  useEffect(() => onEvent((event) => /^gemba\.(job|manufacturing_order|andon|line_state|andon_call)\./.test(event.type) && station.heard()), [station]);
  const state = useStation(station);
  if (!state.isRead) return <div className="term" />;
  if (state.broken) return <div className="term plain"><Broken why={state.broken} /></div>;
  if (!state.work || !state.view) return <First station={station} />;
  return <Frame station={station} />;
}

function Broken({ why }: { why: string }) {
  const t = useWords(terminalWords);
  return <Notice tone="danger">{t('notKept', { why })}</Notice>;
}

/** Before the server was ever reached there is nothing to work with. */
function First({ station }: { station: Station }) {
  const t = useWords(terminalWords);
  const { reach } = useStation(station);
  const navigate = useNavigate();
  return (
    <div className="term plain">
      <h1>{t('terminal')}</h1>
      {reach === 'unknown' ? <p className="muted">…</p> : <Notice tone="warn">{reach === 'away' || reach === 'here' ? t('firstTime') : <><b>{t(`bar_${reach}`)}</b> {t(`barText_${reach}`)}</>}</Notice>}
      <div className="row wrap">
        <Button icon={<RefreshCw size={18} />} onClick={() => station.nudge()}>{t('refresh')}</Button>
        {reach === 'signed-out' && <SignIn />}
        <Button onClick={() => void navigate({ to: '/terminal', search: { choose: 'yes' } as never })}>{t('other')}</Button>
      </div>
    </div>
  );
}

/** Signing the device in again leads back here. */
function SignIn() {
  const t = useWords(terminalWords);
  return <a className="btn" href={`/sign-in?next=${encodeURIComponent(location.pathname)}`}>{t('signInDevice')}</a>;
}

function Frame({ station }: { station: Station }) {
  const t = useWords(terminalWords);
  const state = useStation(station);
  const work = state.work!;
  const view = state.view!;
  const [operatorId, setOperator] = useState<string | null>(null);
  const [place, setPlace] = useState<Place>({ at: 'people' });
  const [line, setLine] = useState<string | null>(null);
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const [told, setTold] = useState<{ text: string; tone: 'plain' | 'danger'; entry: string | null; n: number } | null>(null);
  const [scanning, setScanning] = useState(false);
  const takers = useRef(new Set<(code: string) => boolean>());
  const touched = useRef(Date.now());
  const counter = useRef(0);
  const operator = work.operators.find((one) => one.id === operatorId) ?? null;
  const lines = useMemo(() => new Set(line ? [line] : work.lines.map((one) => one.id)), [line, work.lines]);

  const tell = (text: string, tone: 'plain' | 'danger' = 'plain', entry: string | null = null) => setTold({ text, tone, entry, n: (counter.current += 1) });
  useEffect(() => {
    if (!told) return;
    const timer = setTimeout(() => setTold(null), TOLD_MS);
    return () => clearTimeout(timer);
  }, [told]);

  const go = (next: Place) => {
    setPlace(next);
    document.querySelector('.term-main')?.scrollTo(0, 0);
  };
  const signedIn = (who: OperatorFacts) => {
    setOperator(who.id);
    touched.current = Date.now();
    void station.store.write(`signed-on.${station.terminalId}`, { operator: who.id, at: Date.now() } satisfies SignedOn).catch(() => undefined);
    go({ at: 'jobs' });
  };
  const signOff = () => {
    setOperator(null);
    void station.store.forget(`signed-on.${station.terminalId}`).catch(() => undefined);
    go({ at: 'people' });
  };

  // A tab that was killed comes back to who worked at it, if that was a moment ago.
  useEffect(() => {
    void station.store.read<SignedOn>(`signed-on.${station.terminalId}`).then((kept) => {
      if (!kept || Math.abs(Date.now() - kept.at) > IDLE_MS || !work.operators.some((one) => one.id === kept.operator)) return;
      setOperator(kept.operator);
      setPlace((now) => (now.at === 'people' ? { at: 'jobs' } : now));
    }, () => undefined);
  }, [station]);
  useEffect(() => {
    const touch = () => {
      if (Date.now() - touched.current > 30_000 && operatorId) void station.store.write(`signed-on.${station.terminalId}`, { operator: operatorId, at: Date.now() } satisfies SignedOn).catch(() => undefined);
      touched.current = Date.now();
    };
    const timer = setInterval(() => operatorId && Date.now() - touched.current > IDLE_MS && signOff(), 15_000);
    addEventListener('pointerdown', touch);
    addEventListener('keydown', touch);
    return () => {
      clearInterval(timer);
      removeEventListener('pointerdown', touch);
      removeEventListener('keydown', touch);
    };
  }, [operatorId, station]);

  const scanned = (code: string) => {
    for (const take of [...takers.current].reverse()) if (take(code)) return;
    const read = readCode(code);
    const job = view.jobs.find((one) => one.code === read.code || one.order === read.code || one.id === read.code);
    if (job) go({ at: 'job', job: job.id });
    // A lot scanned while a job is looked at is for that job.
    else if (operator && place.at === 'job') go({ at: 'material', job: place.job, code });
    else tell(t('scannedUnknown', { code: read.code }), 'danger');
  };
  const latest = useRef(scanned);
  latest.current = scanned;
  useEffect(() => {
    const wedge = new Wedge();
    const typed = (event: KeyboardEvent) => {
      const code = wedge.key(event.key, event.timeStamp);
      const isField = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (isField || document.querySelector('dialog[open]')) return;
      // The Enter of a scanner must not press the button that has the focus, nor its digits the number pad.
      if (code !== null || wedge.isBusy) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
      if (code !== null) latest.current(code);
    };
    addEventListener('keydown', typed, true);
    return () => removeEventListener('keydown', typed, true);
  }, []);

  const here: TerminalHere = {
    station, state, work, view, operator, lines, place, go, slot, signedIn, signOff,
    tell: (text, tone) => tell(text, tone),
    onScan: (take) => {
      takers.current.add(take);
      return () => void takers.current.delete(take);
    },
    say: async (said, options = {}) => {
      try {
        const entry = await station.say(said, operatorId, options);
        if (!options.quiet) tell('', 'plain', entry.id);
        return entry;
      } catch (error) {
        tell(t('notKeptSaid', { why: error instanceof Error ? error.message : String(error) }), 'danger');
        return null;
      }
    },
  };
  useEffect(() => {
    document.title = `${work.terminal.name} · Gemba`;
  }, [work.terminal.name]);

  const needsPerson = !operator && place.at !== 'people' && place.at !== 'pin' && place.at !== 'help' && place.at !== 'news';
  const shown: Place = needsPerson ? { at: 'people' } : place;
  return (
    <TerminalContext value={here}>
      <div className="term">
        <Head line={line} onLine={setLine} />
        <Prompts />
        <div className="term-body">
          {operator && shown.at !== 'people' && shown.at !== 'pin' && <Jobs />}
          <main className="term-main" id="content" tabIndex={-1}>{screenOf(shown)}</main>
        </div>
        <Told told={told} onTakeBack={async (id) => tell(t((await station.takeBack(id)) ? 'tookBack' : 'tooLate'))} />
        <footer className="term-foot">
          <More onScan={() => setScanning(true)} />
          <button type="button" className="term-act side help" onClick={() => go({ at: 'help' })}><Hand size={22} /><span>{t('help')}</span></button>
          <StopButton />
          <div className="term-slot" ref={setSlot} />
        </footer>
        {scanning && <ScanDialog title={t('scan')} onCode={scanned} onClose={() => setScanning(false)} />}
      </div>
    </TerminalContext>
  );
}

function screenOf(place: Place): ReactNode {
  switch (place.at) {
    case 'people': return <People />;
    case 'pin': return <Pin key={place.operator} id={place.operator} badge={place.badge} />;
    case 'jobs': return <NoJob />;
    case 'job': return <Job key={place.job} id={place.job} />;
    case 'count': return <Count key={place.job} id={place.job} />;
    case 'reason': return <Reasons key={place.job + place.category} id={place.job} category={place.category} />;
    case 'finish': return <Finish id={place.job} />;
    case 'machine': return <Machine key={place.job} id={place.job} />;
    case 'material': return <Material key={place.job} id={place.job} code={place.code} />;
    case 'steps': return <Instructions key={place.job} id={place.job} />;
    case 'stop': return <Stop key={place.line} line={place.line} stop={place.stop} />;
    case 'help': return <Help />;
    case 'news': return <News />;
  }
}

function useSeconds(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

function Head({ line, onLine }: { line: string | null; onLine: (line: string | null) => void }) {
  const t = useWords(terminalWords);
  const language = useLanguage();
  const { work, view, state, operator, go } = useTerminal();
  const now = useSeconds(5_000);
  const isBarred = state.reach !== 'here' && state.reach !== 'away' && state.reach !== 'unknown';
  const [icon, tone, text] = isBarred
    ? [<TriangleAlert key="i" size={20} />, 'danger', t(`bar_${state.reach as Barred}`)]
    : state.reach === 'here' ? [<Wifi key="i" size={20} />, 'ok', t('online')] : state.reach === 'away' ? [<CloudOff key="i" size={20} />, 'warn', t('away')] : [<Wifi key="i" size={20} />, '', '…'];
  return (
    <header className="term-head">
      <div className="grow term-name">
        <h1 className="ellipsis">{work.terminal.name}</h1>
        <div className="term-lines" role="group" aria-label={t('lines')}>
          {work.lines.length > 1 && <button type="button" aria-pressed={line === null} onClick={() => onLine(null)}>{t('allLines')}</button>}
          {view.lines.map((one) => (
            <button key={one.id} type="button" aria-pressed={work.lines.length > 1 ? one.id === line : undefined} className={one.state} onClick={() => onLine(work.lines.length > 1 ? one.id : null)}>
              <i aria-hidden="true" />{one.name} <small>{t(`state_${one.state}`)}</small>
            </button>
          ))}
        </div>
      </div>
      <button type="button" className={`term-reach ${tone}`} onClick={() => go({ at: 'news' })}>
        {icon}
        <span><b>{text}</b><small>{view.unsent + state.others > 0 ? t('waitingN', { n: view.unsent + state.others }) : t('allSent')}</small></span>
      </button>
      {state.news.length > 0 && <button type="button" className="term-reach danger" onClick={() => go({ at: 'news' })}><MailWarning size={20} /><span><b>{t('unreadN', { n: state.news.length })}</b></span></button>}
      <time className="term-clock tabular">{new Date(serverTime(now, state.clock)).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })}</time>
      <button type="button" className="term-person" onClick={() => go({ at: 'people' })}><UserRound size={22} /><span className="ellipsis">{operator?.name ?? t('nobody')}</span></button>
    </header>
  );
}

/** Why the server takes nothing, and who can do something about it. */
function Bar() {
  const t = useWords(terminalWords);
  const navigate = useNavigate();
  const { state } = useTerminal();
  const { reach } = state;
  if (reach === 'here' || reach === 'away' || reach === 'unknown') return null;
  return (
    <div className="term-prompt danger" role="alert">
      <span className="grow"><b>{t(`bar_${reach}`)}.</b> {t(`barText_${reach}`)}</span>
      {reach === 'retired' || reach === 'no-terminal' ? <button type="button" className="btn" onClick={() => void navigate({ to: '/terminal', search: { choose: 'yes' } as never })}>{t('other')}</button> : <SignIn />}
    </div>
  );
}

/** What somebody should look at before anything else. */
function Prompts() {
  const t = useWords(terminalWords);
  const time = useClockTime();
  const span = useSpan();
  const { view, state, lines, place, go } = useTerminal();
  const stops = view.lines.filter((line) => lines.has(line.id)).flatMap((line) => line.unexplained.slice(-1).map((stop) => ({ line, stop })));
  // A line that stands is asked about first; the others wait behind it, so that the job stays in sight.
  const [asked, ...waiting] = [...stops].sort((a, b) => Number(Boolean(a.stop.ended_at)) - Number(Boolean(b.stop.ended_at)) || b.stop.started_at.localeCompare(a.stop.started_at));
  return (
    <div className="term-prompts">
      <Bar />
      {isWrong(state.clock) && <div className="term-prompt warn"><span className="grow">{t('clockWrong', { by: span(Math.abs(state.clock.offset ?? 0)) })}</span></div>}
      {place.at !== 'stop' && [asked].flatMap((one) => (one ? [one] : [])).map(({ line, stop }) => (
        <div key={line.id} className="term-prompt warn">
          <span className="grow"><b>{stop.ended_at ? t('stoppedFrom', { line: line.name, from: time(stop.started_at), to: time(stop.ended_at) }) : t('stoppedSince', { line: line.name, at: time(stop.started_at) })}</b>{waiting.length > 0 && <> {t('moreStops', { n: waiting.length })}</>}</span>
          <button type="button" className="btn" onClick={() => go({ at: 'stop', line: line.id, stop: stop.id })}>{t('giveReason')}</button>
        </div>
      ))}
    </div>
  );
}

function StopButton() {
  const t = useWords(terminalWords);
  const { view, lines, go } = useTerminal();
  const mine = view.lines.filter((line) => lines.has(line.id));
  const stopped = mine.find((line) => line.state === 'stopped');
  return (
    <button type="button" className={`term-act side ${stopped ? 'stopped' : ''}`} onClick={() => go({ at: 'stop', line: stopped?.id ?? (mine.length === 1 ? (mine[0]?.id ?? null) : null) })}>
      <CircleStop size={22} />
      <span>{t(stopped ? 'stopped' : 'stop')}</span>
    </button>
  );
}

function More({ onScan }: { onScan: () => void }) {
  const t = useWords(terminalWords);
  const theme = useTheme();
  const navigate = useNavigate();
  const { station, signOff, operator } = useTerminal();
  return (
    <Menu button={{ label: t('more'), icon: <EllipsisVertical size={26} />, className: 'term-more' }}>
      <MenuItem icon={<ScanLine size={20} />} onSelect={onScan}>{t('scan')}</MenuItem>
      <MenuItem icon={<RefreshCw size={20} />} onSelect={() => station.nudge(true)}>{t('refresh')}</MenuItem>
      {operator && <MenuItem icon={<LogOut size={20} />} onSelect={signOff}>{t('signOff')}</MenuItem>}
      <hr />
      <MenuItem icon={<MoonStar size={20} />} onSelect={() => setTheme(theme === 'dark' ? 'light' : 'dark')}>{t('appearance')}</MenuItem>
      {Object.entries(LANGUAGES).map(([code, name]) => <MenuItem key={code} icon={<Languages size={20} />} onSelect={() => setLanguage(code)}>{name}</MenuItem>)}
      <hr />
      <MenuItem icon={<MonitorSmartphone size={20} />} onSelect={() => void navigate({ to: '/terminal', search: { choose: 'yes' } as never })}>{t('other')}</MenuItem>
      <MenuItem icon={<LogOut size={20} />} onSelect={() => void navigate({ to: '/' })}>{t('leave')}</MenuItem>
    </Menu>
  );
}

/** What was just kept, and while it can be, the way to take it back. */
function Told({ told, onTakeBack }: { told: { text: string; tone: 'plain' | 'danger'; entry: string | null; n: number } | null; onTakeBack: (id: string) => Promise<void> }) {
  const t = useWords(terminalWords);
  const saying = useSaying();
  const { state } = useTerminal();
  const entry = told?.entry ? state.entries.find((one) => one.id === told.entry) : undefined;
  const text = told?.entry ? (entry ? saying(entry) : '') : told?.text;
  return (
    <div className="term-told" role="status" aria-live="polite">
      {told && text && (
        <div key={told.n} className={`term-said ${told.tone}`}>
          <span className="grow">{entry ? `${t('said')}: ${text}` : text}</span>
          {entry && entry.held > 0 && entry.tried === 0 && entry.state === 'waiting' && <button type="button" onClick={() => void onTakeBack(entry.id)}>{t('takeBack')}</button>}
        </div>
      )}
    </div>
  );
}
