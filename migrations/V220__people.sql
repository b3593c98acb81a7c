-- The people of the shop floor and what they need: crews, skills, calendars in detail, reasons, instructions, terminals.
create table crews (
    code text not null,
    name text not null,
    shift_pattern_id uuid
);
comment on table crews is 'People who work together in one shift.';
comment on column crews.code is 'Short name; unique in the plant.';
comment on column crews.name is 'As people call it.';
comment on column crews.shift_pattern_id is 'The shifts it works.';
call gemba.record('crews', 'crew', 'plant');
alter table crews add constraint crews_code_key unique (organization_id, plant_id, code);
call gemba.refers('crews', 'shift_pattern_id', 'shift_patterns');

create table operators (
    code text not null,
    name text not null,
    user_id uuid,
    crew_id uuid,
    active boolean not null default true
);
comment on table operators is 'Somebody who works at lines; on a shared terminal without an account of their own.';
comment on column operators.code is 'The badge; unique in the plant.';
comment on column operators.name is 'As people call them.';
comment on column operators.user_id is 'Their account, if they have one.';
comment on column operators.crew_id is 'Their crew.';
comment on column operators.active is 'Whether they work here.';
call gemba.record('operators', 'operator', 'plant');
alter table operators add constraint operators_code_key unique (organization_id, plant_id, code);
call gemba.refers('operators', 'user_id', 'users');
call gemba.refers('operators', 'crew_id', 'crews');
-- Their name is theirs: the trail keeps it concealed.
drop trigger audited on operators;
create trigger audited after insert or update or delete on operators for each row
    execute function gemba.audit_row('operator', 'id', '{name}', '{}', '{}');

create table operator_pins (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    pin_hash text not null,
    failures integer not null default 0 check (failures >= 0),
    locked_until timestamptz,
    set_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, plant_id, id) references operators (organization_id, plant_id, id)
);
comment on table operator_pins is 'What an operator types at a terminal; never leaves the server.';
comment on column operator_pins.organization_id is 'Whose it is.';
comment on column operator_pins.plant_id is 'The plant of the operator.';
comment on column operator_pins.id is 'The operator.';
comment on column operator_pins.pin_hash is 'bcrypt.';
comment on column operator_pins.failures is 'Wrong ones since the last right one.';
comment on column operator_pins.locked_until is 'Until when none is taken.';
comment on column operator_pins.set_at is 'When it was set.';
create index operator_pins_by_operator on operator_pins (organization_id, plant_id, id);
call gemba.wall('operator_pins', 'operator_pin', secret => array['pin_hash'], quiet => array['failures', 'locked_until']);

create table skills (
    code text not null,
    name text not null,
    description text
);
comment on table skills is 'Something one has to be able to do: solder to IPC-A-610, drive a forklift.';
comment on column skills.code is 'Short name; unique in the plant.';
comment on column skills.name is 'As people call it.';
comment on column skills.description is 'What else there is to say.';
call gemba.record('skills', 'skill', 'plant');
alter table skills add constraint skills_code_key unique (organization_id, plant_id, code);

create table qualifications (
    operator_id uuid not null,
    skill_id uuid not null,
    valid_from date not null,
    valid_until date,
    evidence text
);
comment on table qualifications is 'That somebody has a skill, and until when that counts.';
comment on column qualifications.operator_id is 'Who.';
comment on column qualifications.skill_id is 'Which skill.';
comment on column qualifications.valid_from is 'First day it counts.';
comment on column qualifications.valid_until is 'Last day it counts; none where it does not end.';
comment on column qualifications.evidence is 'Where the proof is.';
call gemba.record('qualifications', 'qualification', 'plant');
alter table qualifications add constraint qualifications_skill_key unique (organization_id, operator_id, skill_id);
alter table qualifications add constraint qualifications_valid check (valid_until >= valid_from);
call gemba.refers('qualifications', 'operator_id', 'operators');
call gemba.refers('qualifications', 'skill_id', 'skills');

create table skill_requirements (
    skill_id uuid not null,
    line_id uuid,
    area_id uuid,
    item_id uuid
);
comment on table skill_requirements is 'Where a skill is needed: every place and item named must fit; none named means everywhere.';
comment on column skill_requirements.skill_id is 'Which skill.';
comment on column skill_requirements.line_id is 'At this line.';
comment on column skill_requirements.area_id is 'In this area.';
comment on column skill_requirements.item_id is 'For this item.';
call gemba.record('skill_requirements', 'skill_requirement', 'plant');
call gemba.refers('skill_requirements', 'skill_id', 'skills');
call gemba.refers('skill_requirements', 'line_id', 'lines');
call gemba.refers('skill_requirements', 'area_id', 'areas');
call gemba.refers('skill_requirements', 'item_id', 'items');

create table tool_requirements (
    equipment_id uuid not null,
    area_id uuid,
    item_id uuid
);
comment on table tool_requirements is 'That jobs need a tool, of which there is one: a stencil, a mould.';
comment on column tool_requirements.equipment_id is 'The tool.';
comment on column tool_requirements.area_id is 'Only for steps in this area.';
comment on column tool_requirements.item_id is 'Only for this item.';
call gemba.record('tool_requirements', 'tool_requirement', 'plant');
call gemba.refers('tool_requirements', 'equipment_id', 'equipment');
call gemba.refers('tool_requirements', 'area_id', 'areas');
call gemba.refers('tool_requirements', 'item_id', 'items');

create table absences (
    operator_id uuid not null,
    starts_on date not null,
    ends_on date not null,
    category text not null default 'leave' check (category in ('leave', 'sick', 'training', 'other'))
);
comment on table absences is 'Days on which somebody is not there.';
comment on column absences.operator_id is 'Who.';
comment on column absences.starts_on is 'First day.';
comment on column absences.ends_on is 'Last day.';
comment on column absences.category is 'Of what kind; never of what illness.';
call gemba.record('absences', 'absence', 'plant');
alter table absences add constraint absences_days check (ends_on >= starts_on);
call gemba.refers('absences', 'operator_id', 'operators');

create table handover_notes (
    text text not null,
    category text not null default 'note' check (category in ('note', 'safety', 'quality', 'machine', 'material')),
    on_date date not null,
    area_id uuid,
    line_id uuid,
    shift_id uuid,
    done boolean not null default false
);
comment on table handover_notes is 'What one shift tells the next.';
comment on column handover_notes.text is 'What there is to say.';
comment on column handover_notes.category is 'What it is about.';
comment on column handover_notes.on_date is 'The day of the shift that says it.';
comment on column handover_notes.area_id is 'The area it is about.';
comment on column handover_notes.line_id is 'The line it is about.';
comment on column handover_notes.shift_id is 'The shift that says it.';
comment on column handover_notes.done is 'Whether it is settled.';
call gemba.record('handover_notes', 'handover_note', 'plant');
call gemba.refers('handover_notes', 'area_id', 'areas');
call gemba.refers('handover_notes', 'line_id', 'lines');
call gemba.refers('handover_notes', 'shift_id', 'shifts');

create table shift_breaks (
    shift_id uuid not null,
    name text not null,
    after_min integer not null check (after_min between 0 and 1439),
    duration_min integer not null check (duration_min between 1 and 480)
);
comment on table shift_breaks is 'When a shift rests. Where none is said, the minutes of the shift rest in its middle.';
comment on column shift_breaks.shift_id is 'The shift.';
comment on column shift_breaks.name is 'As people call it.';
comment on column shift_breaks.after_min is 'From the start of the shift (min).';
comment on column shift_breaks.duration_min is 'How long (min).';
call gemba.record('shift_breaks', 'shift_break', 'plant');
alter table shift_breaks add constraint shift_breaks_start_key unique (organization_id, shift_id, after_min);
call gemba.refers('shift_breaks', 'shift_id', 'shifts');

create table calendar_exceptions (
    name text not null,
    line_id uuid,
    area_id uuid,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    works boolean not null default false
);
comment on table calendar_exceptions is 'Hours that differ from the calendar: planned maintenance, a works meeting, overtime.';
comment on column calendar_exceptions.name is 'Why.';
comment on column calendar_exceptions.line_id is 'Only this line.';
comment on column calendar_exceptions.area_id is 'Only lines of this area.';
comment on column calendar_exceptions.starts_at is 'From then.';
comment on column calendar_exceptions.ends_at is 'Until then.';
comment on column calendar_exceptions.works is 'Whether it is worked although the calendar says no; else it is not although the calendar says yes.';
call gemba.record('calendar_exceptions', 'calendar_exception', 'plant');
alter table calendar_exceptions add constraint calendar_exceptions_hours check (ends_at > starts_at);
call gemba.refers('calendar_exceptions', 'line_id', 'lines');
call gemba.refers('calendar_exceptions', 'area_id', 'areas');

create table reasons (
    code text not null,
    name text not null,
    category text not null check (category in ('scrap', 'rework', 'stop')),
    parent_id uuid,
    planned boolean not null default false,
    time_class text check (time_class in ('planned_down', 'preventive', 'setup', 'delay', 'down', 'failure')),
    line_id uuid
);
comment on table reasons is 'Why something was scrapped, made again, or stood still: a tree.';
comment on column reasons.code is 'Short name; unique in the plant.';
comment on column reasons.name is 'As people call it.';
comment on column reasons.category is 'Of what it is a reason: scrap, rework, stop.';
comment on column reasons.parent_id is 'The more general reason.';
comment on column reasons.planned is 'Whether the stop is part of the plan.';
comment on column reasons.time_class is 'Of a stop, where its time counts (ISO 22400-2): planned_down outside planned busy time, preventive maintenance, setup (AUST), delay (ADET), down (ADOT), failure (ADOT, and one of those between which MTBF is measured).';
comment on column reasons.line_id is 'Only at this line.';
call gemba.record('reasons', 'reason', 'plant');
alter table reasons add constraint reasons_code_key unique (organization_id, plant_id, code);
call gemba.refers('reasons', 'parent_id', 'reasons');
call gemba.refers('reasons', 'line_id', 'lines');

create table work_instructions (
    code text not null,
    name text not null,
    item_id uuid,
    area_id uuid,
    line_id uuid,
    active boolean not null default true
);
comment on table work_instructions is 'How something is done, step by step. Every item and place named must fit.';
comment on column work_instructions.code is 'Short name with its revision; unique in the plant.';
comment on column work_instructions.name is 'As people call it.';
comment on column work_instructions.item_id is 'For this item.';
comment on column work_instructions.area_id is 'For steps in this area.';
comment on column work_instructions.line_id is 'At this line.';
comment on column work_instructions.active is 'Whether it is shown.';
call gemba.record('work_instructions', 'work_instruction', 'plant');
alter table work_instructions add constraint work_instructions_code_key unique (organization_id, plant_id, code);
call gemba.refers('work_instructions', 'item_id', 'items');
call gemba.refers('work_instructions', 'area_id', 'areas');
call gemba.refers('work_instructions', 'line_id', 'lines');

create table instruction_steps (
    work_instruction_id uuid not null,
    position integer not null check (position > 0),
    text text not null,
    file_id text,
    kind text not null default 'text' check (kind in ('text', 'value', 'photo', 'signoff')),
    required boolean not null default false,
    min numeric(18, 6),
    max numeric(18, 6),
    unit text
);
comment on table instruction_steps is 'One step of an instruction.';
comment on column instruction_steps.work_instruction_id is 'The instruction.';
comment on column instruction_steps.position is 'Its place.';
comment on column instruction_steps.text is 'What is to be done.';
comment on column instruction_steps.file_id is 'A picture of it: a file.';
comment on column instruction_steps.kind is 'What is asked back: nothing (text), a value, a photo, a sign-off.';
comment on column instruction_steps.required is 'Whether the job is not finished without it.';
comment on column instruction_steps.min is 'The least value that is right.';
comment on column instruction_steps.max is 'The greatest value that is right.';
comment on column instruction_steps.unit is 'The value''s unit.';
call gemba.record('instruction_steps', 'instruction_step', 'plant');
alter table instruction_steps add constraint instruction_steps_position_key unique (organization_id, work_instruction_id, position);
alter table instruction_steps add constraint instruction_steps_limits check (max >= min);
call gemba.refers('instruction_steps', 'work_instruction_id', 'work_instructions');

create table terminals (
    code text not null,
    name text not null,
    active boolean not null default true
);
comment on table terminals is 'A shared device on the shop floor.';
comment on column terminals.code is 'Short name; unique in the plant.';
comment on column terminals.name is 'As people call it.';
comment on column terminals.active is 'Whether it is in use.';
call gemba.record('terminals', 'terminal', 'plant');
alter table terminals add constraint terminals_code_key unique (organization_id, plant_id, code);

create table terminal_lines (
    terminal_id uuid not null,
    line_id uuid not null
);
comment on table terminal_lines is 'That a terminal stands at a line.';
comment on column terminal_lines.terminal_id is 'The terminal.';
comment on column terminal_lines.line_id is 'The line.';
call gemba.record('terminal_lines', 'terminal_line', 'plant');
alter table terminal_lines add constraint terminal_lines_line_key unique (organization_id, terminal_id, line_id);
call gemba.refers('terminal_lines', 'terminal_id', 'terminals');
call gemba.refers('terminal_lines', 'line_id', 'lines');
