-- What terminals send: actions in order, kept whatever becomes of them; sign-ins, labour, steps, calls for help.
create table terminal_sessions (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    terminal_id uuid not null,
    operator_id uuid not null,
    token_hash bytea not null check (length(token_hash) = 32),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, token_hash)
);
comment on table terminal_sessions is 'That an operator showed badge or PIN at a terminal.';
comment on column terminal_sessions.organization_id is 'Whose it is.';
comment on column terminal_sessions.plant_id is 'The plant of the terminal.';
comment on column terminal_sessions.id is 'The sign-in.';
comment on column terminal_sessions.terminal_id is 'The terminal.';
comment on column terminal_sessions.operator_id is 'Who.';
comment on column terminal_sessions.token_hash is 'SHA-256 of what the terminal shows for it.';
comment on column terminal_sessions.created_at is 'When.';
comment on column terminal_sessions.expires_at is 'Until when it counts.';
call gemba.refers('terminal_sessions', 'terminal_id', 'terminals');
call gemba.refers('terminal_sessions', 'operator_id', 'operators');
call gemba.wall('terminal_sessions', 'terminal_session', secret => array['token_hash']);

create table terminal_actions (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    terminal_id uuid not null,
    device_id text not null,
    sequence bigint not null,
    kind text not null,
    operator_id uuid,
    verified boolean not null,
    job_id uuid,
    line_id uuid,
    body jsonb not null,
    client_at timestamptz not null,
    clock_offset_ms bigint not null,
    at timestamptz not null,
    received_at timestamptz not null,
    outcome text not null check (outcome in ('applied', 'adjusted', 'refused')),
    rule text,
    says text,
    primary key (organization_id, id),
    unique (organization_id, plant_id, id)
);
comment on table terminal_actions is 'What was done at terminals, in the order of each device: kept also where it was refused.';
comment on column terminal_actions.organization_id is 'Whose it is.';
comment on column terminal_actions.plant_id is 'The plant of the terminal.';
comment on column terminal_actions.id is 'The action, as the device named it: a repetition is known by it.';
comment on column terminal_actions.terminal_id is 'The terminal.';
comment on column terminal_actions.device_id is 'The device, as it names itself.';
comment on column terminal_actions.sequence is 'Its place in the queue of the device.';
comment on column terminal_actions.kind is 'What was done: job.report.';
comment on column terminal_actions.operator_id is 'Who did it.';
comment on column terminal_actions.verified is 'Whether they had shown badge or PIN to the server.';
comment on column terminal_actions.job_id is 'The job it is about, as said.';
comment on column terminal_actions.line_id is 'The line it is about, as said.';
comment on column terminal_actions.body is 'What was said, whole.';
comment on column terminal_actions.client_at is 'When the device said it was.';
comment on column terminal_actions.clock_offset_ms is 'By how much the device''s clock was behind (ms), measured when it sent.';
comment on column terminal_actions.at is 'When it was, by the server''s clock: corrected by that, never before what the device did before, never later than its arrival.';
comment on column terminal_actions.received_at is 'When it arrived.';
comment on column terminal_actions.outcome is 'applied; adjusted (counted, not quite as said); refused (kept for a supervisor).';
comment on column terminal_actions.rule is 'The rule that decided, where one did.';
comment on column terminal_actions.says is 'What the operator is told.';
create index terminal_actions_by_device on terminal_actions (organization_id, plant_id, terminal_id, device_id, at);
create index terminal_actions_refused on terminal_actions (organization_id, plant_id, terminal_id, received_at) where outcome = 'refused';
call gemba.refers('terminal_actions', 'terminal_id', 'terminals');
call gemba.wall('terminal_actions', 'terminal_action');
drop trigger audited on terminal_actions;
revoke update on terminal_actions from gemba_app;
create trigger append_only before update or delete on terminal_actions for each row execute function gemba.refuse_change();

create table terminal_resolutions (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    decision text not null check (decision in ('applied', 'dismissed')),
    note text,
    created_at timestamptz not null,
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    foreign key (organization_id, plant_id, id) references terminal_actions (organization_id, plant_id, id)
);
comment on table terminal_resolutions is 'What a supervisor decided about an action that was refused.';
comment on column terminal_resolutions.organization_id is 'Whose it is.';
comment on column terminal_resolutions.plant_id is 'The plant of the terminal.';
comment on column terminal_resolutions.id is 'The action.';
comment on column terminal_resolutions.decision is 'applied after all, or dismissed.';
comment on column terminal_resolutions.note is 'Why.';
comment on column terminal_resolutions.created_at is 'When.';
comment on column terminal_resolutions.created_by is 'Who.';
create index terminal_resolutions_by_action on terminal_resolutions (organization_id, plant_id, id);
call gemba.wall('terminal_resolutions', 'terminal_resolution');
revoke update on terminal_resolutions from gemba_app;

create table labour_bookings (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    operator_id uuid not null,
    line_id uuid,
    job_id uuid,
    activity text not null check (activity in ('direct', 'setup', 'indirect')),
    started_at timestamptz not null,
    ended_at timestamptz,
    terminal_id uuid,
    client_action_id uuid,
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    check (ended_at >= started_at)
);
comment on table labour_bookings is 'When somebody worked on what.';
comment on column labour_bookings.organization_id is 'Whose it is.';
comment on column labour_bookings.plant_id is 'The plant.';
comment on column labour_bookings.id is 'The booking.';
comment on column labour_bookings.operator_id is 'Who.';
comment on column labour_bookings.line_id is 'At which line.';
comment on column labour_bookings.job_id is 'On which job; none for what is not a job''s.';
comment on column labour_bookings.activity is 'direct (making), setup or indirect.';
comment on column labour_bookings.started_at is 'From then.';
comment on column labour_bookings.ended_at is 'Until then; none while it goes on.';
comment on column labour_bookings.terminal_id is 'Where it was said.';
comment on column labour_bookings.client_action_id is 'The action of the terminal that it comes from.';
comment on column labour_bookings.created_by is 'Who sent it.';
create unique index labour_bookings_open on labour_bookings (organization_id, operator_id) where ended_at is null;
create index labour_bookings_by_time on labour_bookings (organization_id, plant_id, started_at);
alter table labour_bookings add constraint labour_bookings_job_fkey
    foreign key (organization_id, plant_id, job_id) references jobs (organization_id, plant_id, id);
create index labour_bookings_by_job on labour_bookings (organization_id, plant_id, job_id);
call gemba.refers('labour_bookings', 'operator_id', 'operators');
call gemba.refers('labour_bookings', 'line_id', 'lines');
call gemba.refers('labour_bookings', 'terminal_id', 'terminals');
call gemba.wall('labour_bookings', 'labour_booking');

create table step_results (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    job_id uuid not null,
    instruction_step_id uuid not null,
    operator_id uuid,
    value numeric(24, 9),
    is_within boolean,
    file_id text,
    signed boolean not null default false,
    at timestamptz not null,
    terminal_id uuid,
    client_action_id uuid,
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    foreign key (organization_id, plant_id, job_id) references jobs (organization_id, plant_id, id)
);
comment on table step_results is 'What was entered at a step of an instruction: a ledger.';
comment on column step_results.organization_id is 'Whose it is.';
comment on column step_results.plant_id is 'The plant of the job.';
comment on column step_results.id is 'The entry.';
comment on column step_results.job_id is 'The job.';
comment on column step_results.instruction_step_id is 'The step.';
comment on column step_results.operator_id is 'Who.';
comment on column step_results.value is 'The value, in the step''s unit.';
comment on column step_results.is_within is 'Whether it is within the limits that the step had then.';
comment on column step_results.file_id is 'The photo.';
comment on column step_results.signed is 'Whether it was signed off.';
comment on column step_results.at is 'When.';
comment on column step_results.terminal_id is 'At which terminal.';
comment on column step_results.client_action_id is 'The action of the terminal that it comes from.';
comment on column step_results.created_by is 'Who sent it.';
create index step_results_by_job on step_results (organization_id, plant_id, job_id);
call gemba.refers('step_results', 'instruction_step_id', 'instruction_steps');
call gemba.refers('step_results', 'operator_id', 'operators');
call gemba.refers('step_results', 'terminal_id', 'terminals');
call gemba.wall('step_results', 'step_result');
drop trigger audited on step_results;
revoke update on step_results from gemba_app;
create trigger append_only before update or delete on step_results for each row execute function gemba.refuse_change();

create table andon_calls (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    line_id uuid not null,
    job_id uuid,
    kind text not null check (kind in ('supervisor', 'material', 'quality', 'maintenance', 'safety')),
    text text,
    operator_id uuid,
    terminal_id uuid,
    client_action_id uuid,
    called_at timestamptz not null,
    called_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    acknowledged_at timestamptz,
    acknowledged_by text,
    cleared_at timestamptz,
    cleared_by text,
    level smallint not null default 0 check (level between 0 and 3),
    escalated_at timestamptz,
    primary key (organization_id, id)
);
comment on table andon_calls is 'That somebody at a line called for help.';
comment on column andon_calls.organization_id is 'Whose it is.';
comment on column andon_calls.plant_id is 'The plant of the line.';
comment on column andon_calls.id is 'The call.';
comment on column andon_calls.line_id is 'The line.';
comment on column andon_calls.job_id is 'The job, if it is about one.';
comment on column andon_calls.kind is 'Who or what is needed: supervisor, material, quality, maintenance, safety.';
comment on column andon_calls.text is 'What there is to say.';
comment on column andon_calls.operator_id is 'The operator who called.';
comment on column andon_calls.terminal_id is 'At which terminal.';
comment on column andon_calls.client_action_id is 'The action of the terminal that it comes from.';
comment on column andon_calls.called_at is 'When.';
comment on column andon_calls.called_by is 'Who sent it.';
comment on column andon_calls.acknowledged_at is 'When somebody said that they come.';
comment on column andon_calls.acknowledged_by is 'Who.';
comment on column andon_calls.cleared_at is 'When it was over.';
comment on column andon_calls.cleared_by is 'Who said so.';
comment on column andon_calls.level is 'How far it was escalated.';
comment on column andon_calls.escalated_at is 'When it was escalated last.';
create index andon_calls_open on andon_calls (organization_id, plant_id, called_at) where cleared_at is null;
create index andon_calls_by_time on andon_calls (organization_id, plant_id, called_at);
alter table andon_calls add constraint andon_calls_job_fkey
    foreign key (organization_id, plant_id, job_id) references jobs (organization_id, plant_id, id);
create index andon_calls_by_job on andon_calls (organization_id, plant_id, job_id);
call gemba.refers('andon_calls', 'line_id', 'lines');
call gemba.refers('andon_calls', 'operator_id', 'operators');
call gemba.refers('andon_calls', 'terminal_id', 'terminals');
call gemba.wall('andon_calls', 'andon_call');
