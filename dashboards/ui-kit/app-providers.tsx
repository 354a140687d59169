import { createTheme, localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { LocaleProvider } from './locale.tsx';
import './mantine.css';
import './tokens.css';
import './base.css';
import { ApiProblem } from './problem.ts';
import { ToastProvider } from './toasts.tsx';

const shade = (index: number): string => `var(--mantine-color-petrol-${index})`;
const theme = createTheme({
  primaryColor: 'petrol',
  // Variables rather than values: the colours stand once, in tokens.css.
  colors: {
    petrol: [shade(0), shade(1), shade(2), shade(3), shade(4), shade(5), shade(6), shade(7), shade(8), shade(9)],
  },
  components: {
    // Scroll locking would add a style element, which the content security policy refuses; base.css does it.
    Modal: {
      defaultProps: { lockScroll: false, centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.45, blur: 2 } },
    },
    Drawer: { defaultProps: { lockScroll: false } },
    // Their header element would be a second banner of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    DrawerHeader: { defaultProps: { role: 'presentation' } },
  },
});
const schemes = localStorageColorSchemeManager({ key: 'bulwark.scheme' });

/** Trying again helps against a network that blinked, not against a refusal. */
function shouldRetry(failures: number, error: unknown): boolean {
  return failures < 2 && (!(error instanceof ApiProblem) || error.status === 0 || error.status >= 500);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: shouldRetry, staleTime: 5_000, refetchOnWindowFocus: true } } });
}

export function AppProviders({ client, children }: { readonly client: QueryClient; readonly children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <LocaleProvider>
        <QueryClientProvider client={client}>
          <ToastProvider>{children}</ToastProvider>
        </QueryClientProvider>
      </LocaleProvider>
    </MantineProvider>
  );
}
