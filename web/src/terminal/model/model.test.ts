import { describe, expect, it } from 'vitest';
import { begun, isWrong, looked, offsetOf, saidAt, tidied, told, UNKNOWN, type Clock } from './clock';
import { mayFinish, mayReport, mayStart, numberFrom, withinLimits } from './rules';
import type { Entry, Said } from './said';
import { readCode, Wedge } from './scan';
import { jobsToDo, madeOn, reasonsBelow, viewOf } from './view';
import type { JobFacts, ReasonFacts, StepFacts, Work } from './work';

const job = (changes: Partial<JobFacts> = {}): JobFacts => ({
  id: 'j1', code: 'J1', order: 'M1', order_id: 'm1', number: 10, name: 'Assemble', line_id: 'l1', item: { id: 'i1', code: 'A-1', name: 'Lamp', unit: 'pcs', tracking: 'none' }, status: 'ready', sequence: null, quantity: 100, good: 10, scrapped: 1, reworked: 0,
  cycle_time_s: 20, setup_min: 0, planned_start: null, due_at: null, priority: 50, started_at: null, is_last: true, lot_code: null, skills: [], waits_for: null, equipment_id: null, program: null, ...changes,
});
const work = (changes: Partial<Work> = {}): Work => ({
  terminal: { id: 't1', code: 'T1', name: 'T1', plant_id: 'p1' }, lines: [{ id: 'l1', name: 'Line 1', state: 'idle', since: null, open_stops: [] }], operators: [], jobs: [job()], reasons: [], instructions: [], components: [], machines: [], programs: [], calls: [], steps_done: [], labour: [],
  server_time: '2026-11-02T06:00:00Z', ...changes,
});
let count = 0;
const entry = (said: Said, changes: Partial<Entry> = {}): Entry => ({ id: `e${(count += 1)}`, terminal_id: 't1', sequence: count, at: Date.parse('2026-11-02T08:00:00Z'), epoch: 0, operator_id: 'o1', said, state: 'waiting', tried: 0, held: 0, ...changes });
const of = (kind: 'job.start' | 'job.pause' | 'job.finish', id = 'j1'): Said => ({ kind, job_id: id, line_id: 'l1' });
const good = (pieces: number, scrap = 0): Said => ({ kind: 'job.report', job_id: 'j1', line_id: 'l1', good: pieces, scrap, rework: 0 });

describe('view', () => {
  it('adds what was said to the picture, in the order of the sequence and not of the list', () => {
    const [start, pause] = [entry(of('job.start')), entry(of('job.pause'))];
    const view = viewOf(work(), [pause, entry(good(5, 2)), start], UNKNOWN);
    expect(view.jobs[0]).toMatchObject({ status: 'running', good: 15, scrapped: 3, unsent: 7 });
    expect(view.lines[0]).toMatchObject({ state: 'running' });
    expect(view.unsent).toBe(3);
  });

  it('does not count what was refused, nor what the picture shows', () => {
    const refused = entry(good(5), { state: 'answered', answer: { id: '', outcome: 'refused', says: '', rule: '' } });
    const shown = entry(good(5), { state: 'told', answer: { id: '', outcome: 'adjusted', says: '', rule: '' } });
    const answered = entry(good(5), { state: 'answered', answer: { id: '', outcome: 'applied', says: '', rule: '' } });
    expect(viewOf(work(), [refused, shown, answered], UNKNOWN).jobs[0]).toMatchObject({ good: 15, unsent: 0 });
  });

  it('leaves the picture as it is', () => {
    const before = work({ components: [{ job_id: 'j1', item: { id: 'c1', code: 'C', name: 'C', unit: 'pcs' }, needed: 100, issued: 0, mode: 'explicit', lots: [{ id: 'lot', code: 'L', quantity: 50, expires_on: null }] }] });
    const copy = structuredClone(before);
    viewOf(before, [entry(good(5)), entry({ kind: 'material.issue', job_id: 'j1', line_id: 'l1', item_id: 'c1', code: 'L', quantity: 20 })], UNKNOWN);
    expect(before).toEqual(copy);
  });

  it('issues what was scanned, and what counting pieces takes', () => {
    const item = (id: string) => ({ id, code: id, name: id, unit: 'pcs' });
    const view = viewOf(work({ components: [
      { job_id: 'j1', item: item('c1'), needed: 100, issued: 0, mode: 'explicit', lots: [{ id: 'lot', code: 'L', quantity: 50, expires_on: null }] }, { job_id: 'j1', item: item('c2'), needed: 200, issued: 20, mode: 'backflush', lots: [] },
    ] }), [entry({ kind: 'material.issue', job_id: 'j1', line_id: 'l1', item_id: 'c1', code: 'L', quantity: 20 }), entry(good(9, 1))], UNKNOWN);
    expect(view.components.map((one) => one.issued)).toEqual([20, 40]);
    expect(view.components[0]?.lots[0]?.quantity).toBe(30);
  });

  it('a machine that is chosen runs what was released for it, and another program where somebody says so', () => {
    const programs = [{ job_id: 'j1', equipment_id: 'm2', program: 'TOP B' }, { job_id: 'j1', equipment_id: null, program: 'ANY A' }];
    const before = work({ jobs: [job({ equipment_id: 'm1', program: 'OLD A' })], programs });
    const on = (...machines: { equipment_id?: string; program?: string }[]) => viewOf(before, machines.map((machine) => entry({ kind: 'job.machine', job_id: 'j1', line_id: 'l1', ...machine })), UNKNOWN).jobs[0]!;
    expect(madeOn(on())).toEqual({ equipment_id: 'm1', program: 'OLD A' });
    expect(madeOn(on({ equipment_id: 'm2' }))).toEqual({ equipment_id: 'm2', program: 'TOP B' });
    expect(madeOn(on({ equipment_id: 'm2' }, { equipment_id: 'm3' }))).toEqual({ equipment_id: 'm3', program: 'ANY A' });
    expect(madeOn(on({ program: 'TOP C' }))).toEqual({ equipment_id: 'm1', program: 'TOP C' });
    expect(madeOn(job())).toEqual({});
  });

  it('a stop asks for its reason, also after the line runs again, until one is given', () => {
    const said = [entry({ kind: 'line.stop', line_id: 'l1' })];
    expect(viewOf(work(), said, UNKNOWN).lines[0]).toMatchObject({ state: 'stopped', unexplained: [{ own: true, ended_at: null }] });
    said.push(entry({ kind: 'line.run', line_id: 'l1' }, { at: Date.parse('2026-11-02T08:10:00Z') }));
    expect(viewOf(work(), said, UNKNOWN).lines[0]).toMatchObject({ state: 'running', unexplained: [{ own: true, ended_at: '2026-11-02T08:10:00.000Z' }] });
    said.push(entry({ kind: 'line.reason', line_id: 'l1', reason_id: 'r' }));
    expect(viewOf(work(), said, UNKNOWN).lines[0]?.unexplained).toEqual([]);
  });

  it('a call is there until it is cleared, and who signs on works', () => {
    const call = entry({ kind: 'andon.call', line_id: 'l1', call: 'quality' });
    const view = viewOf(work(), [call, entry({ kind: 'labour.on', line_id: 'l1', job_id: 'j1' })], UNKNOWN);
    expect(view.calls).toMatchObject([{ call: 'quality', own: true }]);
    expect(view.labour.get('o1')).toBe('j1');
    expect(viewOf(work(), [call, entry({ kind: 'andon.clear', line_id: 'l1', call_id: call.id })], UNKNOWN).calls).toEqual([]);
  });

  it('shows the soonest first: what is under way, then hand order, plan, due date, priority', () => {
    const jobs = [
      job({ id: 'late', code: 'late', planned_start: '2026-11-03T06:00:00Z' }), job({ id: 'waits', code: 'waits', status: 'waiting', planned_start: '2026-11-01T06:00:00Z' }), job({ id: 'soon', code: 'soon', planned_start: '2026-11-02T06:00:00Z' }),
      job({ id: 'hand', code: 'hand', sequence: 1, planned_start: '2026-11-09T06:00:00Z' }), job({ id: 'runs', code: 'runs', status: 'running' }), job({ id: 'over', code: 'over', status: 'completed' }), job({ id: 'other', code: 'other', line_id: 'l2' }),
      job({ id: 'urgent', code: 'urgent', priority: 1, planned_start: '2026-11-03T06:00:00Z' }),
    ];
    expect(jobsToDo(viewOf(work({ jobs }), [], UNKNOWN), new Set(['l1'])).map((one) => one.id)).toEqual(['runs', 'hand', 'soon', 'urgent', 'late', 'waits']);
  });

  it('offers reasons level by level, for this line and for all', () => {
    const reason = (id: string, parent: string | null, line: string | null = null): ReasonFacts => ({ id, parent_id: parent, category: 'scrap', code: id, name: id, line_id: line });
    const all = [reason('10', null), reason('2', null), reason('2a', '2'), reason('x', null, 'l2'), { ...reason('s', null), category: 'stop' as const }];
    expect(reasonsBelow(all, 'scrap', null, 'l1').map((one) => one.id)).toEqual(['2', '10']);
    expect(reasonsBelow(all, 'scrap', '2', 'l1').map((one) => one.id)).toEqual(['2a']);
  });
});

describe('rules', () => {
  const none = { reasonId: null, lotCode: '', serials: [] };
  it.each([
    ['nothing counted', job(), { good: 0, scrap: 0, rework: 0, ...none }, 'nothingCounted'],
    ['scrap without a reason', job(), { good: 1, scrap: 1, rework: 0, ...none }, 'needsReason'],
    ['less than nothing', job(), { good: -1, scrap: 0, rework: 0, ...none }, 'notNumber'],
    ['not a number', job(), { good: Number.NaN, scrap: 0, rework: 0, ...none }, 'notNumber'],
    ['a code typed into the number', job(), { good: 4006381333931, scrap: 0, rework: 0, ...none }, 'tooMany'],
    ['good pieces', job(), { good: 5, scrap: 0, rework: 0, ...none }, null],
    ['more than the order wants is the operator’s business', job(), { good: 500, scrap: 0, rework: 0, ...none }, null],
    ['a lot is missing', job({ item: { ...job().item, tracking: 'lot' } }), { good: 5, scrap: 0, rework: 0, ...none }, 'needsLot'],
    ['the lot of the order', job({ lot_code: 'L1', item: { ...job().item, tracking: 'lot' } }), { good: 5, scrap: 0, rework: 0, ...none }, null],
    ['scrap needs no lot', job({ item: { ...job().item, tracking: 'lot' } }), { good: 0, scrap: 1, rework: 0, ...none, reasonId: 'r' }, null],
    ['serials are missing', job({ item: { ...job().item, tracking: 'serial' } }), { good: 2, scrap: 0, rework: 0, ...none, serials: ['a'] }, 'serialsMissing'],
    ['a serial twice', job({ item: { ...job().item, tracking: 'serial' } }), { good: 2, scrap: 0, rework: 0, ...none, serials: ['a', 'a'] }, 'serialTwice'],
    ['half a serial', job({ item: { ...job().item, tracking: 'serial' } }), { good: 1.5, scrap: 0, rework: 0, ...none, serials: ['a'] }, 'notWhole'],
    ['serials', job({ item: { ...job().item, tracking: 'serial' } }), { good: 2, scrap: 0, rework: 0, ...none, serials: ['a', 'b'] }, null],
  ])('%s', (_, one, report, expected) => expect(mayReport(one, report)).toBe(expected));

  it('pieces have their serials from the last step on', () => {
    const piece = { item: { ...job().item, tracking: 'serial' as const } };
    const counted = { good: 3, scrap: 0, rework: 0, reasonId: null, lotCode: '', serials: [] };
    expect([mayReport(job(piece), counted), mayReport(job({ ...piece, is_last: false }), counted)]).toEqual(['serialsMissing', null]);
  });

  it('a serial that was reported before is not taken again', () => {
    expect(mayReport({ ...job({ item: { ...job().item, tracking: 'serial' } }), serials: ['a'] }, { good: 1, scrap: 0, rework: 0, reasonId: null, lotCode: '', serials: ['a'] })).toBe('serialTwice');
  });

  it('starting takes a job that is ready and the skills it asks', () => {
    const operator = { id: 'o', name: 'O', badge_hash: null, has_pin: false, skills: ['solder'] };
    expect(mayStart(job({ skills: ['solder'] }), operator)).toBeNull();
    expect(mayStart(job({ skills: ['weld'] }), operator)).toBe('notQualified');
    expect(mayStart(job({ status: 'waiting' }), operator)).toBe('notReady');
    expect(mayStart(job({ status: 'completed' }), operator)).toBe('jobOver');
    // Started at another tablet: joining is the server's to allow.
    expect(mayStart(job({ status: 'running' }), operator)).toBeNull();
  });

  it('finishing takes the steps that ask for something', () => {
    const step = (id: string, kind: StepFacts['kind']): StepFacts => ({ id, number: 1, title: '', text: '', kind, required: kind !== 'text', min: null, max: null, unit: null, file_id: null });
    const instructions = [{ id: 'w', name: 'W', item_id: null, area_id: null, job_ids: ['j1'], steps: [step('read', 'text'), step('sign', 'signoff')] }];
    expect(mayFinish(job(), { stepsDone: new Set() }, instructions)).toBe('stepsMissing');
    expect(mayFinish(job(), { stepsDone: new Set(['j1 sign']) }, instructions)).toBeNull();
    expect(mayFinish(job({ id: 'j2' }), { stepsDone: new Set() }, instructions)).toBeNull();
  });

  it('values have limits, and are typed with a comma or a point', () => {
    const step: StepFacts = { id: 's', number: 1, title: '', text: '', kind: 'value', required: true, min: 1.5, max: 2, unit: 'Nm', file_id: null };
    expect([1.4, 1.5, 2, 2.1].map((value) => withinLimits(step, value))).toEqual(['belowLimit', null, null, 'aboveLimit']);
    expect([numberFrom('1,5'), numberFrom(' 12.25 '), numberFrom('1 200')]).toEqual([1.5, 12.25, 1200]);
    for (const text of ['', 'a', '1,2,3', '1.', '--1']) expect(numberFrom(text)).toBeNaN();
  });
});

describe('clock', () => {
  const at = 1_000_000;
  it('an answer tells the offset in the middle of asking and being answered', () => expect(offsetOf(1_000, 1_400, 11_200)).toBe(10_000));

  it('set back while the page looks: the server’s time stays, what was said before moves along', () => {
    const clock = looked({ offset: 500, epoch: 0, marks: [] }, { calendar: 10_000, steady: 0 }, { calendar: 10_000 - 3_600_000 + 5_000, steady: 5_000 });
    expect(clock.offset).toBe(3_600_500);
    expect(saidAt({ at, epoch: 0 }, clock)).toBe(at - 3_600_000);
    expect(saidAt({ at, epoch: clock.epoch }, clock)).toBe(at);
    expect(told(clock, 3_600_480).marks).toEqual(clock.marks);
  });

  it('a tablet that slept was not set: nothing moves', () => {
    const clock = looked({ offset: 0, epoch: 0, marks: [] }, { calendar: 0, steady: 0 }, { calendar: 7_200_000, steady: 1_000 });
    expect(saidAt({ at, epoch: 0 }, told(clock, 0))).toBe(at);
    expect(told(clock, 0).marks).toEqual([]);
  });

  it('set forward: the server tells that it was no sleep', () => {
    const clock = told(looked({ offset: 0, epoch: 0, marks: [] }, { calendar: 0, steady: 0 }, { calendar: 3_601_000, steady: 1_000 }), -3_600_000);
    expect(saidAt({ at, epoch: 0 }, clock)).toBe(at + 3_600_000);
    expect(saidAt({ at, epoch: 1 }, clock)).toBe(at);
  });

  it('set while no page was open: what was said before moves, what was said after does not', () => {
    const clock = told(begun({ offset: 0, epoch: 3, marks: [] }), 86_400_000);
    expect(saidAt({ at, epoch: 3 }, clock)).toBe(at - 86_400_000);
    expect(saidAt({ at, epoch: 4 }, clock)).toBe(at);
  });

  it('a clock that was never measured moves nothing, and one that drifts a little neither', () => {
    expect(told(begun(UNKNOWN), -500_000).marks).toEqual([]);
    expect(told({ offset: 100, epoch: 1, marks: [] }, 900)).toEqual({ offset: 900, epoch: 1, marks: [] });
  });

  it('jumps that nothing depends on are forgotten', () => {
    const clock: Clock = { offset: 0, epoch: 5, marks: [{ epoch: 2, size: -5_000, sure: true }, { epoch: 5, size: -5_000, sure: true }] };
    expect(tidied(clock, 3).marks.map((mark) => mark.epoch)).toEqual([5]);
    expect(tidied(clock, Infinity).marks).toEqual([]);
  });

  it('an operator hears of a clock that is wrong by more than a minute', () => expect([59_000, -61_000, 61_000].map((offset) => isWrong({ ...UNKNOWN, offset }))).toEqual([false, true, true]));
});

describe('scanning', () => {
  const G = '\u001d';
  it.each([
    ['LOT-4711', { code: 'LOT-4711' }],
    ['  LOT-4711\n', { code: 'LOT-4711' }],
    ['(01)09506000134352(10)AB-12(17)271231', { gtin: '09506000134352', lot: 'AB-12', expires: '271231' }],
    [`]C10109506000134352${'10AB-12'}${G}17271231`, { gtin: '09506000134352', lot: 'AB-12', expires: '271231' }],
    [`010950600013435221S-1`, { gtin: '09506000134352', serial: 'S-1' }],
    ['00395060001343520011', { sscc: '395060001343520011' }],
    // What is divided by nothing is GS1's where the reader says so.
    [']d21000-47', { lot: '00-47', code: '(10)00-47' }],
    [`]d2240LAMP-1${G}10L-7${G}3725`, { item: 'LAMP-1', lot: 'L-7', count: '25', code: '(240)LAMP-1(10)L-7(37)25' }],
    // Numbers that only look like it.
    ['10004711', { code: '10004711' }],
    ['0101', { code: '0101' }],
  ])('%j', (raw, expected) => expect(readCode(raw)).toMatchObject(expected));

  it('a plain code is nothing else', () => expect(readCode('10004711')).toEqual({ code: '10004711' }));

  const type = (wedge: Wedge, text: string, each: number) => [...text, 'Enter'].map((key, at) => wedge.key(key, at * each)).at(-1);
  it('tells a scanner from a person by its speed', () => {
    expect(type(new Wedge(), 'LOT-1', 8)).toBe('LOT-1');
    expect(type(new Wedge(), 'LOT-1', 120)).toBeNull();
    expect(type(new Wedge(), 'ab', 8)).toBeNull();
  });

  it('forgets what was typed before a scan', () => {
    const wedge = new Wedge();
    wedge.key('x', 0);
    expect([...'LOT-1', 'Enter'].map((key, at) => wedge.key(key, 500 + at * 8)).at(-1)).toBe('LOT-1');
  });
});
