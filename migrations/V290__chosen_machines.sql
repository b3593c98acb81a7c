-- A machine and a program that somebody chose for a job stay with it as long as it stays where it is: a schedule that gives it the line it has changes nothing.
create or replace function gemba.job_machine() returns trigger language plpgsql set search_path = pg_catalog, public as $$
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
    if not moved and new.equipment_id is not distinct from old.equipment_id then
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
