import { Button } from '@mantine/core';
import { useState } from 'react';
import { type ApiProblem, Brand, Icon, Notice, PreferenceButtons, useLocale } from '../../ui-kit/index.ts';
import { beginSignIn } from '../session/sign-in.ts';
import { problemText, useWords } from '../words/use-words.ts';

const POINT_ICONS = ['key', 'shieldCheck', 'lock'] as const;

function SignInCard({ why }: { readonly why: ApiProblem | null }) {
  const words = useWords();
  const { locale } = useLocale();
  const [leaving, setLeaving] = useState(false);
  const text = problemText(words, why);
  return (
    <section className="card stack sign-in-card" aria-labelledby="sign-in-title">
      <div>
        <h2 id="sign-in-title">{words.signedOut.cardTitle}</h2>
        <p className="soft">{words.signedOut.cardLead}</p>
      </div>
      {text !== null && (
        <Notice tone="challenge" icon="info" alert>
          {text}
        </Notice>
      )}
      <Button
        size="md"
        loading={leaving}
        onClick={() => {
          setLeaving(true);
          beginSignIn(locale).catch(() => setLeaving(false));
        }}
      >
        {words.signedOut.signIn}
      </Button>
      <p className="small soft">
        {words.signedOut.noAccount} <a href={`/sign-up?lang=${locale}`}>{words.signedOut.signUp}</a>
      </p>
    </section>
  );
}

/** The door: what this is, sign in, sign up, and why the last session ended. */
export function SignedOut({ why }: { readonly why: ApiProblem | null }) {
  const words = useWords();
  return (
    <div className="signed-out">
      <header className="wallet-header">
        <Brand href="/wallet/" label={words.brand} />
        <PreferenceButtons />
      </header>
      <main className="signed-out-main">
        <div className="signed-out-words">
          <h1>{words.signedOut.title}</h1>
          <p className="lead">{words.signedOut.lead}</p>
          <ul className="points">
            {words.signedOut.points.map(([title, text], index) => (
              <li key={title}>
                <Icon name={POINT_ICONS[index] ?? 'check'} />
                <div>
                  <strong>{title}</strong>
                  <p>{text}</p>
                </div>
              </li>
            ))}
          </ul>
        </div>
        <SignInCard why={why} />
      </main>
    </div>
  );
}
