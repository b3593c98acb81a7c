/** A plant of its own for a test: what others do to the demo plants does not reach it. */
import { fileURLToPath } from 'node:url';
import { api, openPage } from './browser.mjs';

export const ADMIN = { as: 'admin@demo.gemba.local' };
export const ENGINEER = { as: 'engineer@demo.gemba.local' };
/** Plans the plants of the region Americas, and decides on scenarios. */
export const PLANNER = { as: 'planner@demo.gemba.local' };
export const VIEWER = { as: 'viewer@demo.gemba.local' };

export const EXAMPLE = fileURLToPath(new URL('../../examples/plant.xlsx', import.meta.url));

let count = 0;

/** An empty plant in the region Americas. */
export async function emptyPlant(name) {
  const { context, close } = await openPage(ADMIN);
  const region = (await api(context, 'GET', '/regions?name=Americas')).items[0];
  count += 1;
  const code = `T${(Date.now() % 1e9).toString(36)}${count}`.toUpperCase();
  const plant = await api(context, 'POST', '/plants', { code, name: `${name} ${code}`, region_id: region.id, country: 'MX', time_zone: 'America/Mexico_City' });
  await close();
  return plant;
}
