/** The addresses of every page there is. */
import assert from 'node:assert/strict';
import { api } from './browser.mjs';
import { floorPlant } from './floor.mjs';

/** Addresses of all pages that the navigation offers, and of the first record of what they list. Whoever asks first on a new server makes what the demo does not have. */
export async function addresses(page) {
  const context = page.context();
  await page.goto('/');
  const navigation = page.getByRole('navigation', { name: 'Navigation' });
  await navigation.getByRole('link').first().waitFor();
  const offered = await navigation.getByRole('link').evaluateAll((links) => links.map((link) => new URL(link.href).pathname));
  assert.ok(offered.length > 15, `only ${offered.length} pages`);
  const first = async (path) => (await api(context, 'GET', `/${path}${path.includes('?') ? '&' : '?'}limit=1`)).items[0];
  if (!(await first('manufacturing-orders'))) await floorPlant({ name: 'Every page' });
  const [line, item, user, order, lot] = await Promise.all(['lines', 'items', 'users', 'manufacturing-orders', 'lots'].map(first));
  const run = (await first('runs')) ?? (await api(context, 'POST', `/scenarios/${(await first('scenarios')).id}/optimize`, undefined, { Prefer: 'wait=20' }));
  const template = (await first('label-templates')) ?? (await api(context, 'POST', '/label-templates', { plant_id: order.plant_id, name: 'Every page', subject: 'lot', width_mm: '90', height_mm: '45', dpi: 203, elements: [{ kind: 'text', says: '{lot}', x_mm: '10', y_mm: '8', height_mm: '5' }] }));
  const floorLine = await first(`lines?plant_id=${order.plant_id}`);
  for (const [what, found] of Object.entries({ line, item, user, run, order, lot, template, floorLine })) assert.ok(found, `there is no ${what} to look at`);
  const floor = `/plants/${order.plant_id}`;
  const trace = `/plants/${lot.plant_id}/trace/lot/${lot.id}`;
  const further = [
    '/me', '/data/plants', '/data/shifts', '/data/lines/import', `/data/lines/${line.id}`, `/data/lines/${line.id}?tab=comments`, `/data/items/${item.id}?tab=history`, `/admin/users/${user.id}`, `/runs/${run.id}`,
    `${floor}/orders/${order.id}`, `${floor}/lines/${floorLine.id}/board`, `${floor}/dispatch?tab=gantt`, trace, `${trace}?tab=recall`, `/data/label-templates/${template.id}`, '/nowhere',
  ];
  return [...new Set([...offered, ...further])];
}
