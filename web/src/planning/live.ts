/** Hears events of the server while a page is shown. */
import { useEffect, useRef } from 'react';
import { onEvent, type Told } from '@/api/live';

/** Tells of events whose type starts with one of these. */
export function useLive(types: readonly string[], hear: (event: Told) => void): void {
  const latest = useRef(hear);
  latest.current = hear;
  const key = types.join(',');
  useEffect(() => onEvent((event) => key.split(',').some((type) => event.type.startsWith(type)) && latest.current(event)), [key]);
}
