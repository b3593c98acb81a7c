/** Where a plan is tightest, in one place, year and number: the same that the plant's own pages say. */
import type { Schemas } from '@/api/client';

type Dashboard = Schemas['Dashboard'];

export interface Peak {
  area: string;
  period: string;
  /** Of the fullest line there (1 is full). */
  share: number;
}

interface Limits {
  area: string;
  period: string;
  short: boolean;
}

/** Where demand is lost most, else the fullest line. */
export function peakOf(plan: Pick<Dashboard, 'areas' | 'periods' | 'constraints'>): Peak | null {
  const worst = (plan.constraints as unknown as Limits[]).find((one) => one.short);
  let peak: Peak | null = null;
  for (const area of plan.areas) {
    area.max_utilization_pct.forEach((percent, at) => {
      const here: Peak = { area: area.area, period: plan.periods[at] ?? '', share: percent / 100 };
      const isWorst = worst?.area === here.area && worst.period === here.period;
      if (isWorst || (!worst && (!peak || here.share > peak.share + 1e-9))) peak = here;
    });
  }
  return peak;
}

/** Units that cannot be finished. */
export const unmetOf = (plan: Pick<Dashboard, 'summary'>): number => Math.round((plan.summary as { unmet_units?: number }).unmet_units ?? 0);
