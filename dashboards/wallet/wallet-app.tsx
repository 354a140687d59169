import { useQueryClient } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { SignedOut } from './pages/signed-out.tsx';
import type { WalletRouter } from './router.tsx';
import { useSession } from './session/wallet-session.ts';

/** Signed in: the pages. Signed out: one page, and nothing of the former session left in memory. */
export function WalletApp({ router }: { readonly router: WalletRouter }) {
  const session = useSession();
  const client = useQueryClient();
  const signedIn = session.kind === 'signed_in';
  useEffect(() => {
    if (!signedIn) client.clear();
  }, [signedIn, client]);
  return session.kind === 'signed_in' ? <RouterProvider router={router} /> : <SignedOut why={session.why} />;
}
