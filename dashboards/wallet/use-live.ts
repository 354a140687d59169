import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { openLive, useToast } from '../ui-kit/index.ts';
import { callApi } from './session/wallet-session.ts';

/** An alert means that something changed: everything on screen is looked at again. */
export function useLiveAlerts(): void {
  const client = useQueryClient();
  const toast = useToast();
  useEffect(() => {
    const live = openLive({
      getTicket: async () => (await callApi<{ ticket: string }>('POST', '/v1/live/tickets')).ticket,
      onFrame(frame) {
        if (frame.kind !== 'alert') return;
        if (typeof frame['title'] === 'string') toast(frame['title']);
        void client.invalidateQueries();
      },
      onState: () => undefined,
    });
    return () => live.close();
  }, [client, toast]);
}
