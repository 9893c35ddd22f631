import type { Descriptor } from '@portico/descriptor';

/** `.github/CODEOWNERS`: the team that each app's descriptor names; the owner of the gateway has the rest. */
export function renderCodeowners(apps: readonly Pick<Descriptor, 'name' | 'kind' | 'owner'>[]): string {
  const platform = apps.find(({ kind }) => kind === 'gateway')?.owner;
  const lines = [
    '# Rendered from apps/*/service.ts by `npm run render`.',
    ...(platform === undefined ? [] : [`* ${platform}`]),
    ...apps.map(({ name, owner }) => `/apps/${name}/ ${owner}`),
  ];
  return `${lines.join('\n')}\n`;
}
