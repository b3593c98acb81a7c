-- An order that became part of another one still serves its production order, through that one.
alter table manufacturing_orders add column merged_into_id uuid;
comment on column manufacturing_orders.merged_into_id is 'The order it became part of, which makes its units.';
call gemba.refers('manufacturing_orders', 'merged_into_id', 'manufacturing_orders');
