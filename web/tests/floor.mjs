/** A plant with a line, an order at work, people and material: what tests of the shop floor begin with. */
import { api, openPage, unique } from './browser.mjs';
import { ADMIN, emptyPlant } from './places.mjs';

const code = (word) => unique(word).replace(/ /g, '-').toUpperCase();

/** Instants from now (minutes). */
export const soon = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();

/**
 * A plant of its own; `tracking` is that of what is made, `quantity` how much of it.
 * @param {{ name?: string, tracking?: 'none' | 'lot' | 'serial', quantity?: string, issue?: 'explicit' | 'backflush', steps?: boolean, machines?: boolean }} options
 */
export async function floorPlant({ name = 'Floor', tracking = 'none', quantity = '100', issue = 'explicit', steps = false, machines = false } = {}) {
  const plant = await emptyPlant(name);
  const { context, close } = await openPage(ADMIN);
  const make = (path, body) => api(context, 'POST', `/${path}`, body);
  const pieces = (await api(context, 'GET', '/units?limit=100')).items.find((unit) => unit.dimension === 'count') ?? (await make('units', { code: code('PCS'), name: 'Pieces', symbol: 'pcs', dimension: 'count' }));
  const area = await make('areas', { plant_id: plant.id, code: 'ASSY', name: 'Assembly', sequence: 1 });
  const line = await make('lines', { area_id: area.id, name: 'Line 1', available_s_per_day: 79_200 });
  const other = await make('lines', { area_id: area.id, name: 'Line 2', available_s_per_day: 79_200 });
  const item = await make('items', { code: code('LAMP'), name: 'Desk lamp', category: 'product', unit_id: pieces.id, tracking });
  const part = await make('items', { code: code('SHADE'), name: 'Lamp shade', category: 'component', unit_id: pieces.id, tracking: 'lot' });
  for (const one of [line, other]) await make('capabilities', { line_id: one.id, item_id: item.id, cycle_time_s: '30' });
  const routing = await make('routings', { plant_id: plant.id, item_id: item.id, revision: 'A', status: 'released' });
  await make('routing-steps', { routing_id: routing.id, number: 10, name: 'Assemble', area_id: area.id });
  const bom = await make('boms', { item_id: item.id, revision: 'A', status: 'released' });
  await make('bom-components', { bom_id: bom.id, position: 10, item_id: part.id, quantity: '1', unit_id: pieces.id });
  const warehouse = await make('locations', { plant_id: plant.id, code: 'WH', name: 'Warehouse', type: 'warehouse' });
  const lineSide = await make('locations', { plant_id: plant.id, code: 'LS1', name: 'At line 1', type: 'line_side', line_id: line.id });
  const lotCode = code('LOT');
  const received = await make('stock/receive', { location_id: lineSide.id, item_id: part.id, quantity: '500', lot_code: lotCode });
  const scrap = await make('reasons', { plant_id: plant.id, code: 'S1', name: 'Scratched', category: 'scrap' });
  const rework = await make('reasons', { plant_id: plant.id, code: 'R1', name: 'Loose screw', category: 'rework' });
  const machine = await make('reasons', { plant_id: plant.id, code: 'M', name: 'Machine', category: 'stop' });
  const jam = await make('reasons', { plant_id: plant.id, code: 'M1', name: 'Feeder jam', category: 'stop', parent_id: machine.id, time_class: 'delay' });
  const badge = code('B');
  const operator = await make('operators', { plant_id: plant.id, code: badge, name: 'Inês Duarte' });
  const second = await make('operators', { plant_id: plant.id, code: `${badge}2`, name: 'Rui Carvalho' });
  await make(`operators/${operator.id}/pin`, { pin: '4711' });
  if (steps) {
    const instruction = await make('work-instructions', { plant_id: plant.id, code: 'WI1', name: 'Assemble', item_id: item.id });
    await make('instruction-steps', { work_instruction_id: instruction.id, position: 10, text: 'Wear gloves.', kind: 'text' });
    await make('instruction-steps', { work_instruction_id: instruction.id, position: 20, text: 'Torque of the foot', kind: 'value', min: '1.2', max: '1.5', unit: 'N·m', required: true });
    await make('instruction-steps', { work_instruction_id: instruction.id, position: 30, text: 'Photograph the first lamp.', kind: 'photo', required: true });
    await make('instruction-steps', { work_instruction_id: instruction.id, position: 40, text: 'Safe to sell', kind: 'signoff', required: true });
  }
  const placers = [];
  if (machines) {
    for (const number of [1, 2]) placers.push(await make('equipment', { plant_id: plant.id, code: `${code('NXT')}-${number}`, name: `Placer ${number}`, line_id: line.id }));
    await make('machine-programs', { plant_id: plant.id, item_id: item.id, name: 'LAMP-TOP', revision: 'B', equipment_id: placers[0].id, status: 'released' });
    await make('machine-programs', { plant_id: plant.id, item_id: item.id, name: 'LAMP-ANY', revision: 'A', status: 'released' });
  }
  const terminal = await make('terminals', { plant_id: plant.id, code: code('T'), name: 'Hall 1' });
  await make('terminal-lines', { terminal_id: terminal.id, line_id: line.id });
  const order = await make('manufacturing-orders', { plant_id: plant.id, code: code('MO'), item_id: item.id, quantity, due_at: soon(3 * 24 * 60), issue_mode: issue });
  await make(`manufacturing-orders/${order.id}/release`, {});
  const [job] = (await api(context, 'GET', `/jobs?plant_id=${plant.id}&limit=10`)).items;
  if (job.line_id !== line.id) await make(`jobs/${job.id}/assign`, { line_id: line.id });
  await close();
  return { plant, area, line, other, item, part, routing, order, job, warehouse, lineSide, lotCode, lot: received.lines[0].lot, scrap, rework, machine, jam, operator, second, badge, terminal, placers };
}
