import type { Templates } from './template.ts';

export const zh: Templates = {
  owner: {
    new_device: {
      title: '新设备登录：{device}',
      body: '一台从未使用过的设备登录了您的账户：{device}，来自 {ip}，{at}。',
    },
    sign_in_challenged: {
      title: '有人用您的密码登录：{device}',
      body: '有人输入了您的密码，我们要求其再次验证身份：{device}，来自 {ip}，{at}。',
    },
    sign_in_blocked: {
      title: '登录已被阻止：{device}',
      body: '有人输入了您的密码，我们阻止了这次登录：{device}，来自 {ip}，{at}。',
    },
    withdrawal_challenged: {
      title: '提现 {money} 等待您确认',
      body: '{at}，有一笔 {money} 的提现申请，收款地址为 {payee}。用您的验证器确认后才会发出。',
    },
    withdrawal_held: {
      title: '提现 {money} 已暂停处理',
      body: '{at}，有一笔 {money} 的提现申请，收款地址为 {payee}。我们正在核查，资金仍在您的账户中。',
    },
    withdrawal_denied: {
      title: '提现 {money} 已被阻止',
      body: '{at}，有一笔 {money} 的提现申请，收款地址为 {payee}。我们已阻止该笔提现，资金仍在您的账户中。',
    },
    deposit_credited: { title: '{money} 已到账', body: '{at}，{money} 已存入您的账户。' },
    deposit_held: {
      title: '{money} 已到达，正在核查',
      body: '{at}，{money} 已到达。核查完成前暂不可用，您无需任何操作。',
    },
    deposit_rejected: {
      title: '一笔充值未能入账',
      body: '{at}，有人申报了一笔充入您账户的款项，但链上无法确认。您的余额没有变化。',
    },
    deposit_reversed: {
      title: '{money} 的充值已被撤回',
      body: '链上已不再包含这笔 {money} 的付款，我们已从您的余额中撤回，{at}。',
    },
    password_changed: { title: '您的密码已更改', body: '您账户的密码已更改：{device}，来自 {ip}，{at}。' },
    totp_changed: { title: '您的验证器已更改', body: '您账户的验证器已设置或更换：{device}，来自 {ip}，{at}。' },
    credential_changed: {
      title: '您的登录资料已更改',
      body: '您账户的电子邮箱或恢复码已更改：{device}，来自 {ip}，{at}。',
    },
    token_reused: {
      title: '您的一次登录被复制',
      body: '您账户的同一次登录在两处被使用，我们已将其终止：{device}，来自 {ip}，{at}。',
    },
    account_frozen: {
      title: '您的账户已冻结',
      body: '为保护您的账户，我们已将其冻结，{at}。您可以登录查看，但无法转出或更改任何内容。我们会与您联系，您也可以联系客服。',
    },
    account_restricted: {
      title: '提现已暂停',
      body: '为保护您的账户，我们已暂停提现，{at}。其他功能照常使用。',
    },
    account_locked_by_owner: {
      title: '已按您的要求锁定账户',
      body: '所有设备已退出登录，提现已暂停，{at}。如需解锁，请登录并按页面提示操作。',
    },
    restriction_lifted: {
      title: '您账户的一项限制已解除',
      body: '您账户的一项限制已解除，{at}。是否还有其他限制，请查看安全页面。',
    },
    unusual_activity: {
      title: '您的账户有异常活动',
      body: '您的账户出现了与平时不同的活动：{device}，来自 {ip}，{at}。',
    },
  },
  staff: {
    staff_verdict: {
      title: '{outcome}：{event_type}',
      body: '账户 {account} 的 {event_type} 被判定为 {outcome}（分数 {score}），依据 {rules}，{at}。',
    },
    staff_delivery_failed: {
      title: '一条警报未能送达账户 {account} 的所有者',
      body: '警报 {alert}（{about}）无法通过 {channel} 送达：{reason}。请用其他方式联系所有者。',
    },
  },
  repeated: '{title}（{count} 次）',
  question: '是您本人操作吗？',
  yes: '是我本人',
  no: '不是我，立即锁定',
  consequence: '锁定后所有设备将退出登录，并暂停提现。',
  answerAt: '请在 {until} 前在此回答，无需登录：',
  footer: '我们绝不会通过消息或电话向您索要验证码、密码或助记词。',
  deviceBoth: '{system} 上的 {browser}',
  deviceUnknown: '未知设备',
  somewhere: '未知地点',
};
