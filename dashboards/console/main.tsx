import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AppProviders, createQueryClient } from '../ui-kit/index.ts';
import { ConsoleApp } from './console-app.tsx';
import { createConsoleRouter } from './router.tsx';
import './console.css';

const root = document.querySelector('#root');
if (root === null) throw new Error('the page has no place for the app');
createRoot(root).render(
  <StrictMode>
    <AppProviders client={createQueryClient()}>
      <ConsoleApp router={createConsoleRouter()} />
    </AppProviders>
  </StrictMode>,
);
