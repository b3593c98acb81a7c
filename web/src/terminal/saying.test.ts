import { describe, expect, it } from 'vitest';
import { fill } from '@/words/fill';
import { saidIn, sentenceOf } from './saying';
import { terminalWords, type TerminalKey } from './terminal.words';

const called = { job: (id: string) => `job ${id}`, line: (id: string | null) => `line ${id}`, item: (id: string) => `item ${id}`, who: 'Inês' };
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
    [{ kind: 'line.stop', line_id: 'l' }, 'line l stands'],
    [{ kind: 'andon.call', line_id: 'l', call: 'quality' }, 'Help for line l: Quality'],
    [{ kind: 'labour.off' }, 'Inês stops working'],
    [{ kind: 'step.done', job_id: 'j', step_id: 's' }, 'Step of job j done'],
  ])('%j', (body, sentence) => expect(say(body)).toBe(sentence));

  it.each([{}, { kind: 'job.report' }, { kind: 'andon.call', line_id: 'l', call: 'pizza' }, { kind: 'dance', job_id: 'j' }, { kind: 'line.run' }])('what cannot be understood is left as it is: %j', (body) => expect(say(body)).toBeNull());
});
