import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { TextKey } from './i18n/i18n.ts';

export type Section =
  'overview' | 'account-pool' | 'sms-phone' | 'customer-service' | 'app-support' | 'notifier' | 'settings';

export interface Page {
  path: string;
  section: Section;
  title: TextKey;
  /** The letter after `g`. Pages that are reached from a list have none. */
  shortcut?: string;
  /** Left out of the navigation: it is about one object. */
  detail?: boolean;
  component: LazyExoticComponent<ComponentType>;
}

/** The one list of pages: routes, navigation and palette are made of it. */
export const pages: readonly Page[] = [
  {
    path: '/',
    section: 'overview',
    title: 'page.overview',
    shortcut: 'o',
    component: lazy(() => import('./overview/overview.page.tsx')),
  },
  {
    path: '/account-pool/accounts',
    section: 'account-pool',
    title: 'page.accounts',
    shortcut: 'a',
    component: lazy(() => import('./account-pool/accounts/accounts.page.tsx')),
  },
  {
    path: '/account-pool/audit',
    section: 'account-pool',
    title: 'page.audit',
    shortcut: 't',
    component: lazy(() => import('./account-pool/audit/audit.page.tsx')),
  },
  {
    path: '/settings',
    section: 'settings',
    title: 'page.settings',
    shortcut: 's',
    component: lazy(() => import('./settings/settings.page.tsx')),
  },
];
