-- Since when the present authenticator app counts; null for one that was there before this was kept.
alter table identity.account add column totp_since timestamptz;
