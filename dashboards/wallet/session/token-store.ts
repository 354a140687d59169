export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** By the server's clock. */
  readonly expiresAtMs: number;
}

const KEY = 'bulwark.wallet.tokens';

/**
 * Tokens are shared by the tabs of one browser. They are bound to the device key, so what a thief could copy from here is worth
 * nothing without the key, which cannot be copied.
 */
export const tokenStore = {
  read(): Tokens | null {
    const text = localStorage.getItem(KEY);
    return text === null ? null : (JSON.parse(text) as Tokens);
  },
  write(tokens: Tokens): void {
    localStorage.setItem(KEY, JSON.stringify(tokens));
  },
  clear(): void {
    localStorage.removeItem(KEY);
  },
  /** Calls back when another tab signs in or out. */
  onChangeElsewhere(listener: () => void): () => void {
    const heard = (event: StorageEvent): void => {
      if (event.key === KEY || event.key === null) listener();
    };
    addEventListener('storage', heard);
    return () => removeEventListener('storage', heard);
  },
};
