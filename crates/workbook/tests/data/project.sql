-- A project of the desktop tool, as project.db holds it: python3 -c "import sqlite3; sqlite3.connect('project.db').executescript(open('project.sql').read())"
pragma page_size = 1024;
create table plant_areas (id integer primary key autoincrement, code text not null unique, name text not null, sequence integer, color text);
create table production_lines (
    id integer primary key autoincrement,
    name text not null,
    area text not null references plant_areas (code),
    line_type text,
    time_available_daily integer not null default 72000, -- s
    active boolean default 1,
    x_position real, y_position real,
    notes text,
    created_at text
);
create table "product models" (id integer primary key, model_name text, customer text, program text, family text, active int);
create table line_model_compatibilities (
    id integer primary key,
    line_id integer not null,
    model_id integer not null,
    cycle_time real not null check (cycle_time > 0),
    efficiency real,
    priority integer default 1,
    foreign key (line_id) references production_lines (id) on delete cascade,
    constraint of_model foreign key (model_id) references "product models" (id)
);
create table product_volumes (id integer primary key, model_id integer, year integer, volume integer, operations_days integer);
create table changeover_times (id integer primary key, from_family text, to_family text, changeover_minutes real, doubled real as (changeover_minutes * 2));
create table analysis_results (id integer primary key, created_at text, payload blob);
create table settings (key text primary key, value text) without rowid;
create view busiest as select line_id, count(*) from line_model_compatibilities group by 1;
create trigger wipe after update on production_lines begin delete from product_volumes; select load_extension('evil'); end;

insert into plant_areas (code, name, sequence, color) values ('SMT', 'Surface Mount', 1, '#2f6fb2'), ('FA', 'Final Assembly', 2, '#b2622f');
insert into production_lines (name, area, line_type, time_available_daily, active, x_position, y_position, notes) values
    ('SMT-1', 'SMT', 'Placement', 72000, 1, 120.5, 80, null),
    ('SMT-2', 'SMT', 'Placement', 68400, 1, 120.5, 240, 'Longer than a page: ' || replace(hex(zeroblob(1500)), '00', 'x ')),
    ('FA-1', 'FA', 'Manual', 75600, 1, 480, 80, null),
    ('FA-9', 'FA', 'Manual', 75600, 0, 480, 240, null);
insert into "product models" values (7, 'Pump Drive', 'Orvalle', 'P-21', 'Drives', 1), (9, 'Valve Unit', 'Orvalle', 'P-22', 'Valves', 1),
    (12, 'Fan Módulo', 'Tersen', null, 'Drives', 1);
insert into line_model_compatibilities (line_id, model_id, cycle_time, efficiency, priority) values
    (1, 7, 31.5, 85, 1), (2, 7, 33, 82.5, 2), (1, 9, 18, 88, 1), (2, 12, 22.25, 80, 1), (3, 7, 45, 92, 1), (3, 9, 27, 90, 1), (3, 12, 30, 90, 1);
insert into product_volumes (model_id, year, volume, operations_days) values (7, 2027, 240000, 240), (7, 2028, 260000, 240), (9, 2027, 120000, 240),
    (9, 2028, 90000, 240), (12, 2027, 60000, 288), (12, 2028, 66000, 288);
insert into changeover_times (from_family, to_family, changeover_minutes) values ('Drives', 'Valves', 25), ('Valves', 'Drives', 32.5);
insert into settings values ('theme', 'dark');
with recursive many (n) as (select 1 union all select n + 1 from many where n < 40)
    insert into analysis_results (created_at, payload) select '2026-11-0' || (n % 9 + 1), zeroblob(700) from many;
alter table production_lines add column shift_note text default 'two shifts';
insert into plant_areas (code, name, sequence) values ('PACK', replace(hex(zeroblob(1500)), '00', 'Packing '), 3);
delete from plant_areas where code = 'PACK';
