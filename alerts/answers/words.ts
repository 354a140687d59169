import type { Locale } from '../notifications/templates/template.ts';

export interface PageWords {
  readonly product: string;
  readonly yesExplained: string;
  readonly yesTitle: string;
  readonly yesBody: string;
  readonly noTitle: string;
  readonly noBody: string;
  readonly answeredYesTitle: string;
  readonly answeredYesBody: string;
  readonly answeredNoTitle: string;
  readonly answeredNoBody: string;
  readonly unknownTitle: string;
  readonly expiredTitle: string;
  readonly goneBody: string;
  readonly failedTitle: string;
  readonly failedBody: string;
  readonly missingTitle: string;
  readonly missingBody: string;
  readonly until: string;
}

export const PAGE_WORDS: Readonly<Record<Locale, PageWords>> = {
  en: {
    product: 'Bulwark security',
    yesExplained: 'Saying yes changes nothing else: what is on hold stays on hold until it is confirmed in the wallet.',
    yesTitle: 'Thank you',
    yesBody: 'We noted that it was you. If you change your mind, you can still lock the account with the same link.',
    noTitle: 'Your account is locked',
    noBody:
      'Every device was signed out and withdrawals are paused. Sign in from a device you trust to see the next steps, and change your password there.',
    answeredYesTitle: 'You already answered: it was you',
    answeredYesBody: 'Nothing more to do. If it was not you after all, lock the account now.',
    answeredNoTitle: 'You already answered: your account was locked',
    answeredNoBody: 'Nothing more to do here. Sign in from a device you trust to see the next steps.',
    unknownTitle: 'This link is not valid',
    expiredTitle: 'This link has ended',
    goneBody: 'If you are worried about your account, open the wallet yourself, sign in, and choose “Lock my account”.',
    failedTitle: 'We could not record your answer',
    failedBody: 'Your answer was not recorded. Please go back and try again in a moment.',
    missingTitle: 'Please choose an answer',
    missingBody: 'Go back and press one of the two buttons.',
    until: 'You can answer until {until}.',
  },
  zh: {
    product: 'Bulwark 安全中心',
    yesExplained: '选择“是我本人”不会改变其他任何状态：已暂停的操作仍需在钱包中确认后才会继续。',
    yesTitle: '感谢您的确认',
    yesBody: '我们已记录是您本人操作。如果改变主意，仍可用同一链接锁定账户。',
    noTitle: '您的账户已锁定',
    noBody: '所有设备已退出登录，提现已暂停。请在您信任的设备上登录查看后续步骤，并更改密码。',
    answeredYesTitle: '您已回答：是您本人操作',
    answeredYesBody: '无需其他操作。如果其实不是您本人，请立即锁定账户。',
    answeredNoTitle: '您已回答：账户已锁定',
    answeredNoBody: '此处无需其他操作。请在您信任的设备上登录查看后续步骤。',
    unknownTitle: '此链接无效',
    expiredTitle: '此链接已过期',
    goneBody: '如果您担心账户安全，请自行打开钱包并登录，然后选择“锁定我的账户”。',
    failedTitle: '未能记录您的回答',
    failedBody: '您的回答尚未记录，请返回并稍后重试。',
    missingTitle: '请选择一个回答',
    missingBody: '请返回并点击其中一个按钮。',
    until: '您可以在 {until} 前回答。',
  },
};
