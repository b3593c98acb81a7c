/** The organization's colour, where it has one: at once as it was last time, then as it is now. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, ask } from '@/api/client';
import { useMay } from '@/api/session';

const KEPT = 'gemba.brand';
/** Nothing that the first drawing waits for. */
const LATER_MS = 1_500;

const brandOf = (organization: object): { colour?: string | null } => (organization as { branding?: { colour?: string | null } }).branding ?? {};

const show = (colour: string | null) => void import('./brand').then(({ showBrand }) => showBrand(colour));

export function useBrand(): void {
  const may = useMay()('identity.organization.read');
  const [later, setLater] = useState(false);
  useEffect(() => {
    const kept = localStorage.getItem(KEPT);
    if (kept) show(kept);
    const timer = setTimeout(() => setLater(true), LATER_MS);
    return () => clearTimeout(timer);
  }, []);
  const { data } = useQuery({ queryKey: ['organization'], queryFn: () => ask(api.GET('/api/v1/organization')), enabled: may && later, staleTime: 10 * 60_000, retry: false });
  const colour = data ? (brandOf(data).colour ?? null) : undefined;
  useEffect(() => {
    if (colour === undefined || colour === localStorage.getItem(KEPT)) return;
    if (colour) localStorage.setItem(KEPT, colour);
    else localStorage.removeItem(KEPT);
    show(colour);
  }, [colour]);
}
