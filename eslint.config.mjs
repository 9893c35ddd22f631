import js from '@eslint/js';
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// The boundary rule reads the project graph that Nx caches, and skips itself without one. Nx makes it before it runs
// a task; whoever runs eslint alone needs it too, and a fresh one.
if (!process.env.NX_TASK_TARGET_PROJECT) await createProjectGraphAsync();

export default tseslint.config(
  { ignores: ['**/dist', 'apps/console/src/api/schema.d.ts', '**/node_modules', '.data', '.nx'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // The environment is read once, by schema, in libs/config (style.md, habit 2).
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read the environment through @portico/config.' },
      ],
      // An app never imports an app, a lib never imports an app (ARCHITECTURE.md, Layout).
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          depConstraints: [
            { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
            { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib'] },
            { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:lib', 'type:tool'] },
          ],
        },
      ],
    },
  },
  {
    files: ['apps/console/src/**'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      // One way out of the page, one place that shows HTML, one place that stores anything (docs/console.md).
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Call the API through src/api.' },
        { name: 'localStorage', message: 'Keep preferences in src/kit/preferences.ts.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
          message: 'Show HTML through src/kit/server-html.tsx.',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['@portico/*'], message: 'The console speaks to the API and imports no other project.' },
          ],
        },
      ],
    },
  },
  { files: ['apps/console/src/api/session.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['apps/console/src/kit/preferences.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['apps/console/src/kit/server-html.tsx'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.test.ts'], rules: { '@typescript-eslint/require-await': 'off' } },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
      },
    },
  },
  prettier,
);
