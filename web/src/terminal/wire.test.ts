import { describe, expect, it } from 'vitest';
import { Problem, Unreachable } from '@/api/problem';
import { answerOf, bodyOf, meaning } from './wire';
import { barOf, Later, Refused } from './queue/queue';
import { workOf } from './answer';

describe('what goes over the network', () => {
  const head = { id: 'a', sequence: 7, at: '2026-11-02T06:00:00Z', operator_id: 'o' };

  it('is flat; what is done is its kind, and what is only ours stays here', () => {
    expect(bodyOf({ ...head, said: { kind: 'andon.call', line_id: 'l', call: 'quality', text: 'scratches' } })).toEqual({ ...head, kind: 'andon.call', line_id: 'l', job_id: undefined, call: 'quality', text: 'scratches' });
    expect(bodyOf({ ...head, token: 't', said: { kind: 'job.report', job_id: 'j', line_id: 'l', good: 5, scrap: 0, rework: 0 } })).toEqual({ ...head, token: 't', kind: 'job.report', job_id: 'j', line_id: 'l', good: 5, scrap: 0, rework: 0 });
    expect(bodyOf({ ...head, said: { kind: 'step.done', job_id: 'j', step_id: 's', value: 1.5 } })).toMatchObject({ ...head, kind: 'step.done', job_id: 'j', step_id: 's', value: 1.5 });
  });

  it('a repetition means what the first answer meant, which may have been lost', () => {
    expect(answerOf({ id: 'a', outcome: 'duplicate', was: 'refused', says: 'closed', rule: 'order_closed' })).toEqual({ id: 'a', outcome: 'refused', says: 'closed', rule: 'order_closed' });
    expect(answerOf({ id: 'a', outcome: 'duplicate', says: 'late', rule: 'late_report' }).outcome).toBe('adjusted');
    expect(answerOf({ id: 'a', outcome: 'duplicate' })).toEqual({ id: 'a', outcome: 'duplicate', says: '', rule: '' });
    expect(answerOf({ id: 'a', outcome: 'applied', says: null, rule: null }).says).toBe('');
  });

  it('tells a device that is signed out from one that may not, and a terminal that is retired from one that nobody knows', () => {
    const refused = (status: number, code = 'x') => meaning(new Problem({ title: 't', status, code, detail: 'because' }));
    expect([401, 403, 404, 410].map((status) => barOf(refused(status)))).toEqual(['signed-out', 'no-right', 'no-terminal', 'retired']);
    expect(barOf(refused(403, 'csrf'))).toBe('signed-out');
    for (const status of [408, 409, 423, 425, 429, 500, 502, 503]) expect(refused(status)).toBeInstanceOf(Later);
    expect(meaning(new Unreachable())).toBeInstanceOf(Later);
    expect(refused(422)).toBeInstanceOf(Refused);
    expect([refused(422), refused(503)].map(barOf)).toEqual([null, null]);
  });

  it('the work is read with exact quantities as numbers, and without what is absent', () => {
    const work = workOf({
      server_time: 'now', terminal: { id: 't', code: 'T', name: 'T', plant_id: 'p' }, lines: [{ id: 'l', name: 'L' }], operators: [{ id: 'o', name: 'O' }], reasons: [], components: [{ job_id: 'j', item: { id: 'c', name: 'C' }, needed: '12.5' }],
      jobs: [{ id: 'j', order_code: 'M1', manufacturing_order_id: 'm', number: 10, name: 'Place', item: { id: 'i', name: 'I', tracking: 'serial' }, status: 'ready', quantity: '480', good: '1.5', scrapped: 0, reworked: null }],
      instructions: [{ id: 'w', steps: [{ id: 's2', position: 20, kind: 'text' }, { id: 's1', position: 10, kind: 'value', min: '0.1', required: true }] }],
      andon: [{ id: 'a', line_id: 'l', kind: 'quality', called_at: 'x' }, { id: 'b', line_id: 'l', kind: 'quality', called_at: 'x', cleared_at: 'y' }],
    });
    expect(work.jobs[0]).toMatchObject({ quantity: 480, good: 1.5, reworked: 0, code: 'M1-10', item: { tracking: 'serial', code: 'I' } });
    expect(work.components[0]).toMatchObject({ needed: 12.5, issued: 0, mode: 'explicit' });
    expect(work.instructions[0]?.steps.map((step) => [step.id, step.min, step.required])).toEqual([['s1', 0.1, true], ['s2', null, false]]);
    expect(work.calls.map((call) => call.id)).toEqual(['a']);
  });
});
