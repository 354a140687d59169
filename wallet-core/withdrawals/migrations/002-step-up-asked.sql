-- When the second factor was asked for: one that was set up afterwards does not answer it.
alter table withdrawals.step_up add column asked_at timestamptz;
-- What is open lasts ten minutes from its question.
update withdrawals.step_up set asked_at = expires_at - interval '10 minutes';
alter table withdrawals.step_up alter column asked_at set not null;
