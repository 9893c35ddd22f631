import config from './eslint.config.mjs';

// For all projects in one process: they share one program instead of a program each.
export default [
  ...config,
  {
    files: ['**/*.ts'],
    // The page has a program of its own: it runs in a browser.
    ignores: ['apps/console/**'],
    languageOptions: {
      parserOptions: {
        projectService: false,
        project: './tsconfig.json',
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
];
