/** One-click questions as changes of a scenario. */
import { decimal, NO_LINE_CHANGE, type Content } from './content';
import { span } from './periods';
import type { Gain } from './document';

export type Question =
  | { kind: 'approval'; line: string; item: string; since: string }
  | { kind: 'shift'; line: string; hours: number; since: string }
  | { kind: 'days'; area: string; days: number; since: string }
  | { kind: 'volume'; of: string; pct: number; since: string }
  | { kind: 'line'; like: string; area: string; name: string; since: string };

/** First day of a period: approvals hold from a day on. */
export function firstDay(period: string): string | null {
  const days = span(period);
  return days ? new Date(days.first * 86_400_000).toISOString().slice(0, 10) : null;
}

export function changesOf(question: Question): Partial<Content> {
  const from_period = question.since || null;
  switch (question.kind) {
    case 'approval':
      return {
        new_capabilities: [{
          line_id: question.line, new_line: null, item_id: question.item, step: null, cycle_time_s: null, efficiency_pct: null, first_pass_yield_pct: '100', pieces_per_panel: 1, priority: 1,
          approved_from: question.since ? firstDay(question.since) : null, approved_to: null,
        }],
      };
    case 'shift':
      return { line_changes: [{ ...NO_LINE_CHANGE, line_id: question.line, from_period, more_hours_per_day: decimal(question.hours, 3) }] };
    case 'days':
      return { operating_days: [{ area_id: question.area || null, from_period, to_period: null, days_per_year: Math.round(question.days) }] };
    case 'volume': {
      const [sort, id] = question.of === '' ? ['', null] : (question.of.split(':') as [string, string]);
      return {
        demand_changes: [{ item_id: sort === 'item' ? id : null, family_id: sort === 'family' ? id : null, customer_id: sort === 'customer' ? id : null, from_period, to_period: null, relative_pct: decimal(100 + question.pct, 3), units: null }],
      };
    }
    case 'line':
      return { new_lines: [{ name: question.name, area_id: question.area, like_line_id: question.like || null, available_s_per_day: null, overtime_s_per_day: null, from_period }] };
  }
}

/** Puts the changes of a question behind those of a content. */
export function joined(content: Content, more: Partial<Content>): Content {
  const both = <K extends 'operating_days' | 'line_changes' | 'new_lines' | 'capability_changes' | 'new_capabilities' | 'demand_changes' | 'changeover_changes'>(list: K) =>
    [...content[list], ...(more[list] ?? [])] as Content[K];
  return {
    ...content, operating_days: both('operating_days'), line_changes: both('line_changes'), new_lines: both('new_lines'), capability_changes: both('capability_changes'),
    new_capabilities: both('new_capabilities'), demand_changes: both('demand_changes'), changeover_changes: both('changeover_changes'),
  };
}

/** The question behind a gain that the optimizer offers. */
export function questionOf(gain: Gain, ids: { line: string | undefined; item: string | undefined; days: number | undefined }): Question | undefined {
  if (!ids.line) return undefined;
  if (gain.kind === 'approval') return ids.item ? { kind: 'approval', line: ids.line, item: ids.item, since: gain.period } : undefined;
  const days = ids.days && ids.days > 0 ? ids.days : 240;
  return { kind: 'shift', line: ids.line, hours: Math.round(((gain.hours ?? 0) / days) * 100) / 100 || 7.5, since: gain.period };
}
