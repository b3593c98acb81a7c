-- Materials: places, lots, serials, license plates; the ledger of movements and the stock that follows from it; reservations.
create table locations (
    code text not null,
    name text not null,
    type text not null default 'bin' check (type in ('warehouse', 'zone', 'bin', 'line_side', 'quarantine', 'dock')),
    parent_id uuid,
    line_id uuid,
    active boolean not null default true
);
comment on table locations is 'A place where material lies: a warehouse, a zone of it, a bin, the side of a line.';
comment on column locations.code is 'As the label at the place says it; unique in the plant.';
comment on column locations.name is 'As people call it.';
comment on column locations.type is 'What kind of place it is: warehouse, zone, bin, line_side, quarantine, dock.';
comment on column locations.parent_id is 'The place it is part of.';
comment on column locations.line_id is 'The line whose material lies here.';
comment on column locations.active is 'Whether material may be put here.';
call gemba.record('locations', 'location', 'plant');
alter table locations add constraint locations_code_key unique (organization_id, plant_id, code);
call gemba.refers('locations', 'parent_id', 'locations');
call gemba.refers('locations', 'line_id', 'lines');
alter table locations add constraint locations_parent check (parent_id <> id);

create table lots (
    code text not null,
    item_id uuid not null,
    expires_on date,
    produced_on date,
    supplier_id uuid,
    supplier_lot text,
    status text not null default 'available' check (status in ('available', 'blocked', 'quarantine')),
    note text
);
comment on table lots is 'Material of one item with a common origin.';
comment on column lots.code is 'As its labels say it; unique for the item in the plant.';
comment on column lots.item_id is 'What it is.';
comment on column lots.expires_on is 'Last day it may be used; none where it does not expire.';
comment on column lots.produced_on is 'The day it was made.';
comment on column lots.supplier_id is 'Who delivered it.';
comment on column lots.supplier_lot is 'What the supplier calls it.';
comment on column lots.status is 'Whether it may be used: available, blocked, quarantine.';
comment on column lots.note is 'What else there is to say.';
call gemba.record('lots', 'lot', 'plant');
alter table lots add constraint lots_code_key unique (organization_id, plant_id, item_id, code);
create index lots_by_code on lots (organization_id, plant_id, code);
call gemba.refers('lots', 'item_id', 'items');
call gemba.refers('lots', 'supplier_id', 'suppliers');

create table serials (
    code text not null,
    item_id uuid not null,
    lot_id uuid,
    status text not null default 'available' check (status in ('available', 'blocked', 'quarantine', 'consumed', 'scrapped')),
    note text
);
comment on table serials is 'One piece of an item, with a number of its own.';
comment on column serials.code is 'Its serial number; unique for the item in the plant.';
comment on column serials.item_id is 'What it is.';
comment on column serials.lot_id is 'The lot it is part of, if of one.';
comment on column serials.status is 'Whether it may be used, or what became of it: available, blocked, quarantine, consumed, scrapped.';
comment on column serials.note is 'What else there is to say.';
call gemba.record('serials', 'serial', 'plant');
alter table serials add constraint serials_code_key unique (organization_id, plant_id, item_id, code);
create index serials_by_code on serials (organization_id, plant_id, code);
call gemba.refers('serials', 'item_id', 'items');
call gemba.refers('serials', 'lot_id', 'lots');

create table sscc_ranges (
    code text not null,
    company_prefix text not null check (company_prefix ~ '^[0-9]{4,12}$'),
    extension smallint not null default 0 check (extension between 0 and 9),
    next_reference bigint not null default 0 check (next_reference >= 0)
);
comment on table sscc_ranges is 'Numbers from which new license plates get their SSCC.';
comment on column sscc_ranges.code is 'As people call it; unique in the plant.';
comment on column sscc_ranges.company_prefix is 'The GS1 company prefix, 4 to 12 digits.';
comment on column sscc_ranges.extension is 'The first digit of the SSCC.';
comment on column sscc_ranges.next_reference is 'The serial reference that the next license plate gets.';
call gemba.record('sscc_ranges', 'sscc_range', 'plant');
alter table sscc_ranges add constraint sscc_ranges_code_key unique (organization_id, plant_id, code);

create table license_plates (
    code text not null,
    location_id uuid not null,
    parent_id uuid,
    packaging text,
    closed boolean not null default false
);
comment on table license_plates is 'A container with a number of its own: a pallet, a box, a reel rack.';
comment on column license_plates.code is 'Its SSCC (18 digits) or what else its label says; unique in the plant.';
comment on column license_plates.location_id is 'Where it stands; moving it moves what is on it.';
comment on column license_plates.parent_id is 'The license plate it stands on.';
comment on column license_plates.packaging is 'What it is: pallet, box.';
comment on column license_plates.closed is 'Whether nothing more is put on it.';
call gemba.record('license_plates', 'license_plate', 'plant');
alter table license_plates add constraint license_plates_code_key unique (organization_id, plant_id, code);
call gemba.refers('license_plates', 'location_id', 'locations');
call gemba.refers('license_plates', 'parent_id', 'license_plates');
alter table license_plates add constraint license_plates_parent check (parent_id <> id);

-- What lies where. Nobody writes it: it is what the ledger adds up to, kept by the ledger's trigger.
create table stock (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    item_id uuid not null,
    location_id uuid not null,
    lot_id uuid,
    serial_id uuid,
    license_plate_id uuid,
    status text not null check (status in ('available', 'blocked', 'quarantine')),
    quantity numeric(18, 6) not null,
    reserved numeric(18, 6) not null default 0,
    updated_at timestamptz not null default now(),
    primary key (organization_id, id),
    constraint stock_plant_fkey foreign key (organization_id, plant_id) references plants,
    constraint stock_quantity check (quantity >= 0),
    constraint stock_reserved check (reserved >= 0 and reserved <= quantity),
    constraint stock_serial check (serial_id is null or quantity <= 1)
);
comment on table stock is 'What lies where, in which lot, serial, license plate and status: the sum of the ledger of movements.';
comment on column stock.organization_id is 'Whose it is.';
comment on column stock.plant_id is 'The plant it lies in.';
comment on column stock.id is 'This stock, as long as there is some.';
comment on column stock.item_id is 'What it is.';
comment on column stock.location_id is 'Where it lies.';
comment on column stock.lot_id is 'The lot, if of one.';
comment on column stock.serial_id is 'The serial, if it is one piece with a number.';
comment on column stock.license_plate_id is 'The license plate it is on, if on one.';
comment on column stock.status is 'Whether it may be used: available, blocked, quarantine.';
comment on column stock.quantity is 'How much, in the unit of the item.';
comment on column stock.reserved is 'How much of it is promised to orders.';
comment on column stock.updated_at is 'When it last changed.';
-- Absent values are told apart by an impossible identifier, so that one index finds every row.
create unique index stock_key on stock (organization_id, plant_id, item_id, location_id, coalesce(lot_id, '00000000-0000-0000-0000-000000000000'),
    coalesce(serial_id, '00000000-0000-0000-0000-000000000000'), coalesce(license_plate_id, '00000000-0000-0000-0000-000000000000'), status);
-- A piece is in one place.
create unique index stock_serial_key on stock (organization_id, serial_id) where serial_id is not null and quantity > 0;
call gemba.refers('stock', 'item_id', 'items');
call gemba.refers('stock', 'location_id', 'locations');
call gemba.refers('stock', 'lot_id', 'lots');
call gemba.refers('stock', 'serial_id', 'serials');
call gemba.refers('stock', 'license_plate_id', 'license_plates');
call gemba.wall('stock', 'stock');
-- The ledger is its trail. The one column that the server may touch lets it lock what it is about to take.
drop trigger audited on stock;
revoke insert, update on stock from gemba_app;
grant update (updated_at) on stock to gemba_app;

-- References to what the ledger names are checked where it arrives, in stock: one place, and no index of the ledger for each of them.
create table stock_movements (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    document_id uuid not null,
    kind text not null check (kind in ('receipt', 'issue', 'move', 'count', 'adjustment', 'production', 'scrap', 'status')),
    at timestamptz not null,
    item_id uuid not null,
    location_id uuid not null,
    lot_id uuid,
    serial_id uuid,
    license_plate_id uuid,
    status text not null,
    quantity numeric(18, 6) not null check (quantity <> 0),
    entered_quantity numeric(18, 6),
    entered_unit_id uuid,
    reason text check (length(reason) <= 500),
    reference text check (length(reference) <= 200),
    line_id uuid,
    job_id uuid,
    manufacturing_order_id uuid,
    operator_id uuid,
    actor text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    request_id uuid default nullif(current_setting('gemba.request', true), '')::uuid,
    recorded_at timestamptz not null default now(),
    primary key (organization_id, id),
    constraint stock_movements_plant_fkey foreign key (organization_id, plant_id) references plants
);
comment on table stock_movements is 'The ledger of materials: every change of stock, appended and never changed.';
comment on column stock_movements.organization_id is 'Whose it is.';
comment on column stock_movements.plant_id is 'The plant it happened in.';
comment on column stock_movements.id is 'The movement.';
comment on column stock_movements.document_id is 'What belongs together: both sides of a move, all lines of a count.';
comment on column stock_movements.kind is 'What happened: receipt, issue, move, count, adjustment, production, scrap, status.';
comment on column stock_movements.at is 'When it happened.';
comment on column stock_movements.item_id is 'What moved.';
comment on column stock_movements.location_id is 'Where it arrived or left.';
comment on column stock_movements.lot_id is 'Its lot.';
comment on column stock_movements.serial_id is 'Its serial.';
comment on column stock_movements.license_plate_id is 'The license plate it was on.';
comment on column stock_movements.status is 'The status of the stock that changed.';
comment on column stock_movements.quantity is 'How much more lies there since, in the unit of the item; negative where it left.';
comment on column stock_movements.entered_quantity is 'How much was said, in the unit it was said in.';
comment on column stock_movements.entered_unit_id is 'The unit it was said in.';
comment on column stock_movements.reason is 'Why.';
comment on column stock_movements.reference is 'A paper beside it: delivery note, customer order.';
comment on column stock_movements.line_id is 'The line it happened at.';
comment on column stock_movements.job_id is 'The job it was for.';
comment on column stock_movements.manufacturing_order_id is 'The manufacturing order it was for.';
comment on column stock_movements.operator_id is 'The operator who said so.';
comment on column stock_movements.actor is 'Who wrote it down.';
comment on column stock_movements.request_id is 'The request that did.';
comment on column stock_movements.recorded_at is 'When it was written down.';
create index stock_movements_by_time on stock_movements (organization_id, plant_id, at desc, id desc);
create index stock_movements_by_item on stock_movements (organization_id, plant_id, item_id, at desc, id desc);
create index stock_movements_by_lot on stock_movements (organization_id, lot_id, at desc) where lot_id is not null;
create index stock_movements_by_serial on stock_movements (organization_id, serial_id, at desc) where serial_id is not null;
create index stock_movements_by_order on stock_movements (organization_id, manufacturing_order_id) where manufacturing_order_id is not null;
create index stock_movements_by_document on stock_movements (organization_id, document_id);
call gemba.wall('stock_movements', 'stock_movement');
drop trigger audited on stock_movements;
revoke update on stock_movements from gemba_app;
create trigger append_only before update or delete on stock_movements for each row execute function gemba.refuse_change();
create trigger never_emptied before truncate on stock_movements for each statement execute function gemba.refuse_change();

-- What lots and serials were issued to which order and job, each once: what the genealogy asks at every report, which the ledger of a long order
-- would answer ever more slowly.
create table issued_materials (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    manufacturing_order_id uuid not null,
    job_id uuid not null,
    material_id uuid not null,
    material_kind text not null check (material_kind in ('lot', 'serial')),
    first_at timestamptz not null,
    primary key (organization_id, manufacturing_order_id, job_id, material_id),
    constraint issued_materials_plant_fkey foreign key (organization_id, plant_id) references plants
);
comment on table issued_materials is 'Which lots and serials were issued to which order and job: follows from the ledger, kept by its trigger.';
comment on column issued_materials.organization_id is 'Whose it is.';
comment on column issued_materials.plant_id is 'The plant.';
comment on column issued_materials.manufacturing_order_id is 'The order.';
comment on column issued_materials.job_id is 'The job; nil where it was issued to the order alone.';
comment on column issued_materials.material_id is 'The lot or serial.';
comment on column issued_materials.material_kind is 'Which of the two.';
comment on column issued_materials.first_at is 'When it was issued first.';
create index issued_materials_by_plant on issued_materials (organization_id, plant_id);
call gemba.wall('issued_materials', 'issued_material');
drop trigger audited on issued_materials;
revoke insert, update on issued_materials from gemba_app;

-- Keeps stock: what arrives is added, what leaves must be there. Runs as the owner, because nobody else may write stock; the walls hold for it
-- as for everybody.
create function gemba.stock_moved() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    nothing constant uuid := '00000000-0000-0000-0000-000000000000';
    remaining numeric;
begin
    if new.quantity > 0 then
        insert into public.stock as s (organization_id, plant_id, item_id, location_id, lot_id, serial_id, license_plate_id, status, quantity)
        values (new.organization_id, new.plant_id, new.item_id, new.location_id, new.lot_id, new.serial_id, new.license_plate_id, new.status, new.quantity)
        on conflict (organization_id, plant_id, item_id, location_id, coalesce(lot_id, '00000000-0000-0000-0000-000000000000'),
            coalesce(serial_id, '00000000-0000-0000-0000-000000000000'), coalesce(license_plate_id, '00000000-0000-0000-0000-000000000000'), status)
        do update set quantity = s.quantity + excluded.quantity, updated_at = now();
        return null;
    end if;
    if new.kind = 'issue' and new.manufacturing_order_id is not null and coalesce(new.serial_id, new.lot_id) is not null then
        insert into public.issued_materials (organization_id, plant_id, manufacturing_order_id, job_id, material_id, material_kind, first_at)
        values (new.organization_id, new.plant_id, new.manufacturing_order_id, coalesce(new.job_id, nothing), coalesce(new.serial_id, new.lot_id),
            case when new.serial_id is null then 'lot' else 'serial' end, new.at)
        on conflict (organization_id, manufacturing_order_id, job_id, material_id) do nothing;
    end if;
    update public.stock s set quantity = s.quantity + new.quantity, updated_at = now()
    where s.organization_id = new.organization_id and s.plant_id = new.plant_id and s.item_id = new.item_id and s.location_id = new.location_id
        and coalesce(s.lot_id, '00000000-0000-0000-0000-000000000000') = coalesce(new.lot_id, nothing)
        and coalesce(s.serial_id, '00000000-0000-0000-0000-000000000000') = coalesce(new.serial_id, nothing)
        and coalesce(s.license_plate_id, '00000000-0000-0000-0000-000000000000') = coalesce(new.license_plate_id, nothing)
        and s.status = new.status
    returning s.quantity into remaining;
    if not found then
        raise exception 'no such stock' using errcode = 'check_violation', constraint = 'stock_quantity', table = 'stock', schema = 'public';
    end if;
    if remaining = 0 then
        delete from public.stock s
        where s.organization_id = new.organization_id and s.plant_id = new.plant_id and s.item_id = new.item_id and s.location_id = new.location_id
            and coalesce(s.lot_id, '00000000-0000-0000-0000-000000000000') = coalesce(new.lot_id, nothing)
            and coalesce(s.serial_id, '00000000-0000-0000-0000-000000000000') = coalesce(new.serial_id, nothing)
            and coalesce(s.license_plate_id, '00000000-0000-0000-0000-000000000000') = coalesce(new.license_plate_id, nothing)
            and s.status = new.status and s.quantity = 0;
    end if;
    return null;
end $$;
comment on function gemba.stock_moved is 'Keeps stock the sum of the ledger of movements.';
create trigger moves_stock after insert on stock_movements for each row execute function gemba.stock_moved();

create table reservations (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    stock_id uuid not null,
    item_id uuid not null,
    order_id uuid not null,
    quantity numeric(18, 6) not null check (quantity > 0),
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    constraint reservations_key unique (organization_id, stock_id, order_id),
    constraint reservations_plant_fkey foreign key (organization_id, plant_id) references plants,
    constraint reservations_stock_id_fkey foreign key (organization_id, stock_id) references stock (organization_id, id)
);
comment on table reservations is 'Stock that is promised to an order.';
comment on column reservations.organization_id is 'Whose it is.';
comment on column reservations.plant_id is 'The plant.';
comment on column reservations.id is 'The reservation.';
comment on column reservations.stock_id is 'The stock.';
comment on column reservations.item_id is 'What is promised.';
comment on column reservations.order_id is 'The order it is promised to.';
comment on column reservations.quantity is 'How much, in the unit of the item.';
comment on column reservations.created_at is 'When it was promised.';
comment on column reservations.created_by is 'Who promised it.';
create index reservations_by_plant on reservations (organization_id, plant_id);
create index reservations_by_order on reservations (organization_id, order_id, item_id);
call gemba.wall('reservations', 'reservation');
grant delete on reservations to gemba_app;

-- Keeps what of stock is promised. Runs as the owner, as above.
create function gemba.stock_promised() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    if tg_op <> 'INSERT' then
        update public.stock set reserved = reserved - old.quantity where organization_id = old.organization_id and id = old.stock_id;
    end if;
    if tg_op <> 'DELETE' then
        update public.stock set reserved = reserved + new.quantity where organization_id = new.organization_id and id = new.stock_id;
    end if;
    return null;
end $$;
comment on function gemba.stock_promised is 'Keeps what of stock is promised the sum of its reservations.';
create trigger promises_stock after insert or update or delete on reservations for each row execute function gemba.stock_promised();
