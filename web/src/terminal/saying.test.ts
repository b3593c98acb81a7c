import { describe, expect, it } from 'vitest';
import { fill } from '@/words/fill';
import { saidIn, sentenceOf } from './saying';
import { terminalWords, type TerminalKey } from './terminal.words';

const called = { job: (id: string) => `job ${id}`, line: (id: string | null) => `line ${id}`, item: (id: string) => `item ${id}`, lot: (id: string) => `lot ${id}`, machine: (id: string) => `machine ${id}`, reason: (id: string) => (id === 'unknown' ? '' : `reason ${id}`), step: (id: string) => `step ${id}`, who: 'Inês' };
const say = (body: Record<string, unknown>) => {
  const said = saidIn(body);
  return said && sentenceOf(said, (key: TerminalKey, values = {}) => fill(terminalWords.en[key], values, 'en'), String, called);
};

describe('what a terminal sent, in words', () => {
  it.each([
    [{ kind: 'job.report', job_id: 'j', good: '12', scrap: 1 }, 'job j: 12 good, 1 scrap'],
    [{ kind: 'job.start', job_id: 'j', line_id: 'l' }, 'Start of job j'],
    [{ kind: 'material.issue', job_id: 'j', quantity: '5', code: 'L-7' }, '5 L-7 for job j'],
    [{ kind: 'material.issue', job_id: 'j', quantity: '5', item_id: 'i' }, '5 item i for job j'],
    [{ kind: 'material.issue', job_id: 'j', quantity: '5', item_id: 'i', lot_id: 'k' }, '5 item i lot k for job j'],
    [{ kind: 'material.issue', job_id: 'j', quantity: '5' }, '5 for job j'],
    [{ kind: 'job.report', job_id: 'j', scrap: 2, reason_id: 'r' }, 'job j: 2 scrap, reason r'],
    [{ kind: 'job.report', job_id: 'j', good: 4, lot_code: 'L-1', serials: ['a', 'b', 'c', 'd'] }, 'job j: 4 good, Lot L-1, a, b, c +1'],
    [{ kind: 'job.machine', job_id: 'j', equipment_id: 'm', program: 'TOP C' }, 'Machine of job j: machine m, TOP C'],
    [{ kind: 'line.stop', line_id: 'l' }, 'line l stands'],
    [{ kind: 'line.stop', line_id: 'l', reason_id: 'r' }, 'line l stands: reason r'],
    [{ kind: 'line.reason', line_id: 'l', reason_id: 'unknown' }, 'Reason of a stop of line l'],
    [{ kind: 'andon.call', line_id: 'l', call: 'quality' }, 'Help for line l: Quality'],
    [{ kind: 'andon.call', line_id: 'l', call: 'quality', text: 'Bubbles' }, 'Help for line l: Quality: Bubbles'],
    [{ kind: 'labour.off' }, 'Inês stops working'],
    [{ kind: 'step.done', job_id: 'j', step_id: 's' }, 'Step of job j done: step s'],
    [{ kind: 'step.done', job_id: 'j', step_id: 's', value: '1.9' }, 'Step of job j done: step s, 1.9'],
  ])('%j', (body, sentence) => expect(say(body)).toBe(sentence));

  it.each([{}, { kind: 'job.report' }, { kind: 'andon.call', line_id: 'l', call: 'pizza' }, { kind: 'dance', job_id: 'j' }, { kind: 'line.run' }])('what cannot be understood is left as it is: %j', (body) => expect(say(body)).toBeNull());
});
