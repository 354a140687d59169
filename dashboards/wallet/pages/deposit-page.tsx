import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CopyText, EmptyState, Icon, Loaded, Notice } from '../../ui-kit/index.ts';
import type { DepositAddress } from '../api-types.ts';
import { queries } from '../queries.ts';
import { useWords } from '../words/use-words.ts';
import { DepositList } from './activity-list.tsx';
import { ClaimForm } from './claim-form.tsx';
import { PageHead } from './page-head.tsx';
import { QrCode } from './qr-code.tsx';

function AddressCard({ addresses }: { readonly addresses: readonly DepositAddress[] }) {
  const words = useWords().deposit;
  const [chosen, setChosen] = useState(addresses[0]?.chain_id ?? 0);
  const shown = addresses.find((each) => each.chain_id === chosen) ?? addresses[0];
  if (shown === undefined) return null;
  return (
    <section className="card stack" aria-labelledby="address-title">
      <div className="row spread row-wrap">
        <h2 id="address-title">{words.address}</h2>
        {addresses.length > 1 ? (
          <SegmentedControl
            value={String(chosen)}
            onChange={(value) => setChosen(Number(value))}
            data={addresses.map((each) => ({ value: String(each.chain_id), label: each.chain_name }))}
          />
        ) : (
          <span className="pill tone-accent">{shown.chain_name}</span>
        )}
      </div>
      <div className="address">
        <QrCode text={`ethereum:${shown.address}@${shown.chain_id}`} label={words.qrLabel(shown.address)} />
        <div className="stack grow">
          <div className="address-text">
            <CopyText value={shown.address} />
          </div>
          <Notice tone="challenge" icon="warning">
            {words.onlyThis(shown.chain_name)}
          </Notice>
          <p className="small soft row how-long">
            <Icon name="clock" />
            <span>{words.confirmText}</span>
          </p>
        </div>
      </div>
    </section>
  );
}

/** Where to send, what came, and what became of what did not come. */
export function DepositPage() {
  const words = useWords().deposit;
  const addresses = useQuery(queries.addresses);
  const deposits = useQuery(queries.deposits);
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <div className="stack stack-wide">
        <Loaded query={addresses}>{(all) => <AddressCard addresses={all} />}</Loaded>
        <section className="card card-flush" aria-labelledby="deposits-title">
          <div className="card-head">
            <h2 id="deposits-title">{words.history}</h2>
          </div>
          <Loaded query={deposits}>
            {(all) =>
              all.length === 0 ? (
                <EmptyState icon="inbox" title={words.none}>
                  <p>{words.noneText}</p>
                </EmptyState>
              ) : (
                <DepositList deposits={all} />
              )
            }
          </Loaded>
        </section>
        {addresses.data !== undefined && <ClaimForm addresses={addresses.data} />}
      </div>
    </>
  );
}
