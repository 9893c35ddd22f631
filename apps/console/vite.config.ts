import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `vite serve` finds the platform; `npm start` prints its URL. */
const platform = 'http://127.0.0.1:8080';
const services = ['account-pool', 'sms-phone', 'customer-service', 'app-support', 'notifier'];

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react()],
  build: {
    // Beside it, `dist` holds the results of the tests.
    outDir: 'dist/site',
    target: 'es2023',
    manifest: true,
    // The content security policy allows no inline script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
  },
  server: {
    proxy: Object.fromEntries(
      [...services, 'console/config.json'].map((path) => [
        `/${path}`,
        { target: platform, changeOrigin: true },
      ]),
    ),
  },
});
