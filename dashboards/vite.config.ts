import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('./', import.meta.url));

/** Two pages, one build: `/console/` for staff, `/wallet/` for account owners. */
export default defineConfig({
  root: here,
  base: '/',
  publicDir: false,
  plugins: [react()],
  build: {
    outDir: `${here}dist`,
    emptyOutDir: true,
    // Browsers with Web Locks and non-extractable keys in IndexedDB; an older one cannot hold a device key safely.
    target: 'es2022',
    // The content security policy allows our own files alone: nothing is inlined into HTML or CSS.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { console: `${here}console/index.html`, wallet: `${here}wallet/index.html` } },
  },
});
