import './styles.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

// After a deployment the chunks of an open tab are gone: the new version is loaded once, drafts are kept.
window.addEventListener('vite:preloadError', (event) => {
  if (sessionStorage.getItem('reloaded') === import.meta.url) return;
  sessionStorage.setItem('reloaded', import.meta.url);
  event.preventDefault();
  window.location.reload();
});

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
