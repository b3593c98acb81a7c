/** Names that no other scenario of the plant has: proposed, and tried again where somebody was quicker. */
import { Problem } from '@/api/problem';
import { listAll, type Scenario } from './data';
import { freeName } from './model/free-name';

/** Names of all scenarios of a plant; archived ones keep theirs. */
export const namesTaken = async (plantId: string): Promise<string[]> => (await listAll<Pick<Scenario, 'name'>>('scenarios', { plant_id: plantId, archived: 'include', fields: 'name' })).map((one) => one.name);

const isTaken = (error: unknown): boolean => error instanceof Problem && (error.code === 'taken' || error.errors.some((one) => one.code === 'taken' && one.pointer === '/name'));

const TRIES = 5;

/** Makes something under the wanted name, or the next free one. */
export async function createFreely<T>(plantId: string, wanted: string, make: (name: string) => Promise<T>): Promise<T> {
  const taken = await namesTaken(plantId);
  for (let tries = 1; ; tries += 1) {
    const name = freeName(wanted, taken);
    try {
      return await make(name);
    } catch (error) {
      if (tries >= TRIES || !isTaken(error)) throw error;
      taken.push(name);
    }
  }
}
