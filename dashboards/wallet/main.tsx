import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AppProviders, createQueryClient } from '../ui-kit/index.ts';
import { createWalletRouter } from './router.tsx';
import { completeSignIn } from './session/wallet-session.ts';
import { WalletApp } from './wallet-app.tsx';
import './wallet.css';

// Before React renders: a code works once, and effects may run twice.
if (location.pathname === '/wallet/callback') {
  const query = new URLSearchParams(location.search);
  history.replaceState(null, '', '/wallet/');
  await completeSignIn(query);
}

const root = document.querySelector('#root');
if (root === null) throw new Error('the page has no place for the app');
createRoot(root).render(
  <StrictMode>
    <AppProviders client={createQueryClient()}>
      <WalletApp router={createWalletRouter()} />
    </AppProviders>
  </StrictMode>,
);
