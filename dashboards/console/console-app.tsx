import { useQuery } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { Loaded } from '../ui-kit/index.ts';
import { queries } from './queries.ts';
import type { ConsoleRouter } from './router.tsx';

/** Nothing is asked for before it is known who is asking: the answer carries the token that changes need. */
export function ConsoleApp({ router }: { readonly router: ConsoleRouter }) {
  const me = useQuery(queries.me);
  return <Loaded query={me}>{() => <RouterProvider router={router} />}</Loaded>;
}
