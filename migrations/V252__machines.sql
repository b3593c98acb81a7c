-- Which machine a job runs on and with which program: declared per item, fixed at release, told by whoever reports, kept in the genealogy.
create table machine_programs (
    item_id uuid not null,
    name text not null,
    revision text not null,
    step text,
    line_id uuid,
    equipment_id uuid,
    status text not null default 'draft' check (status in ('draft', 'released', 'obsolete'))
);
comment on table machine_programs is 'The program that a machine runs to make an item: a placement program, a test sequence, a recipe.';
comment on column machine_programs.item_id is 'What is made with it.';
comment on column machine_programs.name is 'What the machine calls it.';
comment on column machine_programs.revision is 'Which state of it; unique with its name in the plant.';
comment on column machine_programs.step is 'Only for steps of this name.';
comment on column machine_programs.line_id is 'Only at this line.';
comment on column machine_programs.equipment_id is 'Only on this machine.';
comment on column machine_programs.status is 'draft; released: new orders are made with it; obsolete.';
call gemba.record('machine_programs', 'machine_program', 'plant');
alter table machine_programs add constraint machine_programs_name_revision_key unique (organization_id, plant_id, name, revision);
call gemba.refers('machine_programs', 'item_id', 'items');
call gemba.refers('machine_programs', 'line_id', 'lines');
call gemba.refers('machine_programs', 'equipment_id', 'equipment');

create table order_programs (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    manufacturing_order_id uuid not null,
    step text,
    line_id uuid,
    equipment_id uuid,
    name text not null,
    revision text not null,
    primary key (organization_id, id),
    foreign key (organization_id, plant_id, manufacturing_order_id) references manufacturing_orders (organization_id, plant_id, id)
);
comment on table order_programs is 'The programs an order is made with: those that were released when it was.';
comment on column order_programs.organization_id is 'Whose it is.';
comment on column order_programs.plant_id is 'The plant of the order.';
comment on column order_programs.id is 'The entry.';
comment on column order_programs.manufacturing_order_id is 'The order.';
comment on column order_programs.step is 'Only for steps of this name.';
comment on column order_programs.line_id is 'Only at this line.';
comment on column order_programs.equipment_id is 'Only on this machine.';
comment on column order_programs.name is 'What the machine calls it.';
comment on column order_programs.revision is 'Which state of it.';
create index order_programs_by_order on order_programs (organization_id, plant_id, manufacturing_order_id);
call gemba.refers('order_programs', 'line_id', 'lines');
call gemba.refers('order_programs', 'equipment_id', 'equipment');
call gemba.wall('order_programs', 'order_program');
drop trigger audited on order_programs;
revoke update on order_programs from gemba_app;

alter table jobs add column equipment_id uuid, add column program text check (length(program) <= 200);
comment on column jobs.equipment_id is 'The machine it runs on; none where the line has several and nobody said which.';
comment on column jobs.program is 'The program it runs with, and its revision.';
call gemba.refers('jobs', 'equipment_id', 'equipment');

alter table job_reports add column equipment_id uuid, add column program text check (length(program) <= 200);
comment on column job_reports.equipment_id is 'The machine the units were made on.';
comment on column job_reports.program is 'The program it ran, and its revision.';
call gemba.refers('job_reports', 'equipment_id', 'equipment');
alter table job_reports add column corrects_id uuid;
comment on column job_reports.corrects_id is 'The entry it corrects: it counts when that did.';
alter table job_reports add constraint job_reports_corrects_id_fkey foreign key (organization_id, corrects_id) references job_reports (organization_id, id);
create index job_reports_by_corrects_id on job_reports (organization_id, corrects_id);

-- A job's machine and program follow its line, whoever gives it one: a desk, a schedule, a release. A machine that is named with the line stays.
create function gemba.job_machine() returns trigger language plpgsql set search_path = pg_catalog, public as $$
declare
    moved constant boolean := tg_op = 'INSERT' or new.line_id is distinct from old.line_id;
    named constant boolean := new.equipment_id is not null and (tg_op = 'INSERT' or new.equipment_id is distinct from old.equipment_id);
    best record;
begin
    if new.line_id is null then
        new.equipment_id := null;
        new.program := null;
        return new;
    end if;
    if moved and not named then
        new.equipment_id := null;
    end if;
    select p.equipment_id, p.name || ' ' || p.revision as program into best from order_programs p
    where p.organization_id = new.organization_id and p.plant_id = new.plant_id and p.manufacturing_order_id = new.manufacturing_order_id
        and (p.step is null or lower(p.step) = lower(new.name)) and (p.line_id is null or p.line_id = new.line_id)
        and (p.equipment_id is null or p.equipment_id = new.equipment_id or new.equipment_id is null and exists (
            select from equipment e where e.organization_id = p.organization_id and e.id = p.equipment_id and e.line_id = new.line_id))
    order by p.equipment_id is null, p.line_id is null, p.step is null, p.name, p.revision desc limit 1;
    new.program := best.program;
    if new.equipment_id is null then
        -- Named by the program, else the only one there is.
        new.equipment_id := coalesce(best.equipment_id, (
            select case when count(*) = 1 then (array_agg(e.id))[1] end from equipment e
            where e.organization_id = new.organization_id and e.plant_id = new.plant_id and e.line_id = new.line_id
                and e.category = 'machine' and e.active and e.archived_at is null));
    end if;
    return new;
end $$;
comment on function gemba.job_machine is 'Sees to it that a job''s machine and program are those of its line.';
create trigger machine before insert or update of line_id, equipment_id on jobs for each row execute function gemba.job_machine();
