-- A correction takes back what was reported too much: finished units leave the stock again, and material that backflush took for them comes back, each as
-- a movement against the first. Nothing is removed.
comment on column stock_movements.kind is
    'What happened: receipt, issue, move, count, adjustment, production, scrap, status. An issue that comes in and a production that goes out take back an earlier one.';

alter table serials drop constraint serials_status_check;
alter table serials add constraint serials_status_check
    check (status in ('available', 'blocked', 'quarantine', 'consumed', 'scrapped', 'withdrawn'));
comment on column serials.status is
    'Whether it may be used, or what became of it: available, blocked, quarantine, consumed, scrapped, withdrawn (it was reported by mistake).';

alter table genealogy drop constraint genealogy_quantity_check;
alter table genealogy add constraint genealogy_quantity_check check (quantity <> 0);
comment on column genealogy.quantity is
    'How much of it, in the unit of its item; none where only that is known; less than none where a correction takes back an earlier link.';

-- What came back whole was not issued after all: later units of the order are not made of it. Movements that take back are seldom, others are not asked.
create function gemba.issue_taken_back() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    nothing constant uuid := '00000000-0000-0000-0000-000000000000';
begin
    delete from public.issued_materials i
    where i.organization_id = new.organization_id and i.plant_id = new.plant_id and i.manufacturing_order_id = new.manufacturing_order_id
        and i.job_id = coalesce(new.job_id, nothing) and i.material_id = coalesce(new.serial_id, new.lot_id)
        and (select sum(m.quantity) from public.stock_movements m
            where m.organization_id = new.organization_id and m.manufacturing_order_id = new.manufacturing_order_id and m.kind = 'issue'
                and coalesce(m.job_id, nothing) = i.job_id and coalesce(m.serial_id, m.lot_id) = i.material_id) >= 0;
    return null;
end $$;
comment on function gemba.issue_taken_back is 'Forgets that a lot or serial was issued where all of it was taken back.';
create trigger taken_back after insert on stock_movements for each row
    when (new.kind = 'issue' and new.quantity > 0 and new.manufacturing_order_id is not null)
    execute function gemba.issue_taken_back();
