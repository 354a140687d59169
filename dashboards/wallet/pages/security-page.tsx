import { useWords } from '../words/use-words.ts';
import { DeviceCard, SessionCard } from './device-cards.tsx';
import { LockCard } from './lock-card.tsx';
import { PageHead } from './page-head.tsx';
import { PasswordCard } from './password-card.tsx';
import { TotpCard } from './totp-card.tsx';

export function SecurityPage() {
  const words = useWords().security;
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <div className="stack stack-wide">
        <div className="two-columns">
          <TotpCard />
          <PasswordCard />
        </div>
        <DeviceCard />
        <SessionCard />
        <LockCard />
      </div>
    </>
  );
}
