-- Reports of shifts that come by mail.
create table shift_report_subscriptions (
    name text not null,
    shift_id uuid not null,
    recipients jsonb not null default '[]',
    paused boolean not null default false,
    sent_day date
);
comment on table shift_report_subscriptions is 'The report of a shift that comes by mail when it has ended.';
comment on column shift_report_subscriptions.name is 'As people call it; unique in the plant.';
comment on column shift_report_subscriptions.shift_id is 'The shift.';
comment on column shift_report_subscriptions.recipients is 'Who gets it: accounts of the organization.';
comment on column shift_report_subscriptions.paused is 'Whether it rests.';
comment on column shift_report_subscriptions.sent_day is 'The day whose shift''s report was sent last.';
call gemba.record('shift_report_subscriptions', 'shift_report_subscription', 'plant');
alter table shift_report_subscriptions add constraint shift_report_subscriptions_name_key unique (organization_id, plant_id, name);
call gemba.refers('shift_report_subscriptions', 'shift_id', 'shifts');
