import { describe, expect, it } from 'vitest';
import { messageOf } from '@/ui/errors';
import { Problem } from './problem';

const refused = (code: string, detail: string, errors: { pointer: string; code: string; detail: string }[]) => new Problem({ title: 'Refused', status: 403, code, detail, errors });

describe('a refusal', () => {
  it('of a policy says its sentence, not its name alone', () => {
    const problem = refused('policy_forbids', 'suppliers are added by purchasing (policy no-new-suppliers)', [{ pointer: '', code: 'policy_forbids', detail: 'no-new-suppliers' }]);
    expect(messageOf(problem)).toBe('Suppliers are added by purchasing (policy no-new-suppliers)');
    expect(problem.errors).toEqual([]);
  });

  it('of fields keeps what is wrong with each, and with all of them together', () => {
    const errors = [{ pointer: '/code', code: 'taken', detail: 'is taken' }, { pointer: '', code: 'contradiction', detail: 'ends before it begins' }];
    const problem = refused('invalid', 'the request is not valid', errors);
    expect(problem.errors).toEqual(errors);
    expect(problem.at('/code')).toBe('is taken');
  });
});
