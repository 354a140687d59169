import type { Templates } from './template.ts';

export const en: Templates = {
  owner: {
    new_device: {
      title: 'New sign-in: {device}',
      body: 'A device that was never used before signed in to your account: {device}, from {ip}, {at}.',
    },
    sign_in_challenged: {
      title: 'Sign-in with your password: {device}',
      body: 'Someone entered your password and was asked for a second proof: {device}, from {ip}, {at}.',
    },
    sign_in_blocked: {
      title: 'Sign-in stopped: {device}',
      body: 'Someone entered your password and we stopped the sign-in: {device}, from {ip}, {at}.',
    },
    withdrawal_challenged: {
      title: 'Withdrawal of {money} waits for your confirmation',
      body: 'A withdrawal of {money} to {payee} was requested, {at}. It is sent only after it is confirmed with your authenticator app.',
    },
    withdrawal_held: {
      title: 'Withdrawal of {money} is on hold',
      body: 'A withdrawal of {money} to {payee} was requested, {at}. We are checking it; the money has not left your account.',
    },
    withdrawal_denied: {
      title: 'Withdrawal of {money} was stopped',
      body: 'A withdrawal of {money} to {payee} was requested, {at}. We stopped it; the money has not left your account.',
    },
    deposit_credited: { title: '{money} arrived', body: '{money} arrived in your account, {at}.' },
    deposit_held: {
      title: '{money} arrived and is being checked',
      body: '{money} arrived, {at}. We are checking it; until then it cannot be spent. You do not need to do anything.',
    },
    deposit_rejected: {
      title: 'A deposit could not be credited',
      body: 'A payment that was reported for your account could not be confirmed on the chain, {at}. Your balance has not changed.',
    },
    deposit_reversed: {
      title: 'A deposit of {money} was taken back',
      body: 'The chain no longer contains the payment of {money}, so we took it back from your balance, {at}.',
    },
    password_changed: {
      title: 'Your password was changed',
      body: 'The password of your account was changed: {device}, from {ip}, {at}.',
    },
    totp_changed: {
      title: 'Your authenticator app was changed',
      body: 'The authenticator app of your account was set up or replaced: {device}, from {ip}, {at}.',
    },
    credential_changed: {
      title: 'Your sign-in details were changed',
      body: 'The e-mail address or the recovery codes of your account were changed: {device}, from {ip}, {at}.',
    },
    token_reused: {
      title: 'A sign-in of yours was copied',
      body: 'A sign-in of your account was used from two places at once, so we ended it: {device}, from {ip}, {at}.',
    },
    account_frozen: {
      title: 'Your account is frozen',
      body: 'We froze your account to protect it, {at}. You can sign in and look; nothing can be sent or changed. We will contact you, or you can write to support.',
    },
    account_restricted: {
      title: 'Withdrawals are paused',
      body: 'We paused withdrawals from your account to protect it, {at}. Everything else works as before.',
    },
    account_locked_by_owner: {
      title: 'Your account is locked, as you asked',
      body: 'Every device was signed out and withdrawals are paused, {at}. To unlock it, sign in and follow the steps there.',
    },
    restriction_lifted: {
      title: 'A restriction of your account was lifted',
      body: 'A restriction of your account was lifted, {at}. Your security page shows whether another one remains.',
    },
    unusual_activity: {
      title: 'Unusual activity in your account',
      body: 'Something in your account differed from what you usually do: {device}, from {ip}, {at}.',
    },
  },
  staff: {
    staff_verdict: {
      title: '{outcome}: {event_type}',
      body: '{event_type} of account {account} was judged {outcome} (score {score}) by {rules}, {at}.',
    },
    staff_delivery_failed: {
      title: 'An alert did not reach the owner of {account}',
      body: 'The alert {alert} ({about}) could not be delivered by {channel}: {reason}. Reach the owner another way.',
    },
  },
  repeated: '{title} ({count, plural, one {# time} other {# times}})',
  question: 'Was this you?',
  yes: 'Yes, it was me',
  no: 'No, lock my account',
  consequence: 'Locking signs out every device and pauses withdrawals.',
  answerAt: 'Answer here, no sign-in needed, until {until}:',
  footer: 'We never ask for a code, a password or a recovery phrase, by message or by phone.',
  deviceBoth: '{browser} on {system}',
  deviceUnknown: 'an unknown device',
  somewhere: 'an unknown place',
};
