export { createPages, PAGES_DIRECTORY } from './pages/create-pages.ts';
