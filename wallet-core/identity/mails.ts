import { hashJson } from '../../core/index.ts';
import type { IdentityContext } from './context.ts';
import type { IdentityMail, Locale } from './deps.ts';
import { TEXTS } from './pages/texts.ts';

type MailContent =
  | { readonly kind: 'sign_up_code' | 'login_code'; readonly code: string }
  | { readonly kind: 'account_exists' }
  | { readonly kind: 'credential_changed'; readonly credential: 'password' | 'totp' };

function words(locale: Locale, content: MailContent): { subject: string; text: string } {
  const text = TEXTS[locale];
  switch (content.kind) {
    case 'sign_up_code':
      return { subject: text.mailCodeSubject, text: text.mailSignUpText(content.code) };
    case 'login_code':
      return { subject: text.mailCodeSubject, text: text.mailLoginText(content.code) };
    case 'account_exists':
      return { subject: text.mailExistsSubject, text: text.mailExistsText };
    case 'credential_changed': {
      const what = content.credential === 'totp' ? text.credentialTotp : text.credentialPassword;
      return { subject: text.mailChangedSubject, text: text.mailChangedText(what) };
    }
  }
}

/** Sends a mail. `about` names what it is about, so that a retry has the same delivery id. */
export async function sendMail(
  context: IdentityContext,
  mail: { readonly to: string; readonly locale: Locale; readonly about: string; readonly content: MailContent },
): Promise<void> {
  const message: IdentityMail = {
    deliveryId: hashJson({ about: mail.about, content: mail.content.kind, to: context.keyedHash('mail', mail.to) }),
    to: mail.to,
    locale: mail.locale,
    kind: mail.content.kind,
    ...words(mail.locale, mail.content),
  };
  await context.mail(message);
}
