/** Who is signed in, what they may do, and which plant they look at. */
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { api, ask, setCsrfToken, type Schemas } from './client';
import { Problem } from './problem';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async () => {
    const me = await ask(api.GET('/api/v1/auth/me'));
    setCsrfToken(me.csrf_token ?? '');
    return me;
  },
  staleTime: Infinity,
});

export const permissionsQuery = queryOptions({
  queryKey: ['me', 'permissions'],
  queryFn: () => ask(api.GET('/api/v1/me/permissions')),
  staleTime: 5 * 60_000,
});

export const plantsQuery = queryOptions({
  queryKey: ['plants', 'mine'],
  queryFn: async () => {
    try {
      const page = await ask(api.GET('/api/v1/plants', { params: { query: { limit: 500, sort: 'name' } } }));
      return page.items as Schemas['Plant'][];
    } catch (error) {
      // Who has no role yet sees no plants, and the app all the same.
      if (error instanceof Problem && error.status === 403) return [];
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});

export const useMe = (): Schemas['Whoami'] => useSuspenseQuery(meQuery).data;

/** `may('factory.line.update')` somewhere; `may('factory.line.update', plantId)` there. */
export type May = (permission: string | string[] | undefined, plantId?: string | null) => boolean;

export function mayOf(held: Schemas['MyPermissions']): May {
  const everywhere = new Set(held.organization);
  const one = (permission: string, plantId?: string | null) => {
    if (everywhere.has(permission)) return true;
    if (plantId) return held.plants[plantId]?.includes(permission) ?? false;
    return Object.values(held.plants).some((list) => list.includes(permission));
  };
  return (permission, plantId) => {
    if (permission === undefined) return true;
    return Array.isArray(permission) ? permission.some((name) => one(name, plantId)) : one(permission, plantId);
  };
}

export function useMay(): May {
  return mayOf(useSuspenseQuery(permissionsQuery).data);
}

export type Plant = Schemas['Plant'];

export const usePlants = (): Plant[] => useSuspenseQuery(plantsQuery).data;

const LAST = 'gemba.plant';

/** Whether somebody has looked at a plant on this device yet. */
export const hasLookedAtPlants = (): boolean => localStorage.getItem(LAST) !== null;

/** The plant of the page, else the one looked at last, else the first; null where there is none. */
export function usePlant(): Plant | null {
  const { data: plants = [] } = useQuery(plantsQuery);
  const { plantId } = useParams({ strict: false }) as { plantId?: string };
  const here = plants.find((plant) => plant.id === plantId);
  if (here) localStorage.setItem(LAST, here.id);
  return here ?? plants.find((plant) => plant.id === localStorage.getItem(LAST)) ?? plants[0] ?? null;
}

/** The address of a page, with the plant filled in; null where it needs a plant and there is none. */
export function fillPlant(path: string, plant: Plant | null): string | null {
  if (!path.includes('$plantId')) return path;
  return plant ? path.replace('$plantId', plant.id) : null;
}
