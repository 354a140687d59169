import { createContext, type ReactNode, use, useCallback, useState } from 'react';

/** Long enough to read two short sentences. */
const SHOWN_MS = 5_000;
const ToastContext = createContext<(text: string) => void>(() => undefined);

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly { id: number; text: string }[]>([]);
  const show = useCallback((text: string) => {
    const id = Math.random();
    setToasts((before) => [...before.slice(-2), { id, text }]);
    setTimeout(() => setToasts((before) => before.filter((toast) => toast.id !== id)), SHOWN_MS);
  }, []);
  return (
    <ToastContext value={show}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div className="toast" key={toast.id}>
            {toast.text}
          </div>
        ))}
      </div>
    </ToastContext>
  );
}

/** Says in passing that something was done. */
export function useToast(): (text: string) => void {
  return use(ToastContext);
}
