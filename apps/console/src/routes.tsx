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
    path: '/account-pool/keys',
    section: 'account-pool',
    title: 'page.keys',
    shortcut: 'k',
    component: lazy(() => import('./account-pool/keys/keys.page.tsx')),
  },
  {
    path: '/account-pool/stats',
    section: 'account-pool',
    title: 'page.stats',
    component: lazy(() => import('./account-pool/stats/stats.page.tsx')),
  },
  {
    path: '/sms-phone/inbox',
    section: 'sms-phone',
    title: 'page.inbox',
    shortcut: 'i',
    component: lazy(() => import('./sms-phone/inbox/inbox.page.tsx')),
  },
  {
    path: '/sms-phone/numbers',
    section: 'sms-phone',
    title: 'page.numbers',
    shortcut: 'n',
    component: lazy(() => import('./sms-phone/numbers/numbers.page.tsx')),
  },
  {
    path: '/sms-phone/projects',
    section: 'sms-phone',
    title: 'page.smsProjects',
    shortcut: 'p',
    component: lazy(() => import('./sms-phone/projects/projects.page.tsx')),
  },
  {
    path: '/sms-phone/leases',
    section: 'sms-phone',
    title: 'page.smsLeases',
    shortcut: 'l',
    component: lazy(() => import('./sms-phone/leases/leases.page.tsx')),
  },
  {
    path: '/sms-phone/users',
    section: 'sms-phone',
    title: 'page.smsUsers',
    shortcut: 'u',
    component: lazy(() => import('./sms-phone/users/users.page.tsx')),
  },
  {
    path: '/sms-phone/vouchers',
    section: 'sms-phone',
    title: 'page.vouchers',
    shortcut: 'v',
    component: lazy(() => import('./sms-phone/vouchers/vouchers.page.tsx')),
  },
  {
    path: '/sms-phone/ledger',
    section: 'sms-phone',
    title: 'page.ledger',
    component: lazy(() => import('./sms-phone/ledger/ledger.page.tsx')),
  },
  {
    path: '/customer-service/tickets',
    section: 'customer-service',
    title: 'page.tickets',
    shortcut: 'd',
    component: lazy(() => import('./customer-service/tickets/tickets.page.tsx')),
  },
  {
    path: '/customer-service/tickets/:id',
    section: 'customer-service',
    title: 'page.tickets',
    detail: true,
    component: lazy(() => import('./customer-service/tickets/tickets.page.tsx')),
  },
  {
    path: '/customer-service/users',
    section: 'customer-service',
    title: 'page.customers',
    shortcut: 'c',
    component: lazy(() => import('./customer-service/users/users.page.tsx')),
  },
  {
    path: '/customer-service/business-accounts',
    section: 'customer-service',
    title: 'page.businessAccounts',
    shortcut: 'b',
    component: lazy(() => import('./customer-service/business-accounts/business-accounts.page.tsx')),
  },
  {
    path: '/customer-service/contracts',
    section: 'customer-service',
    title: 'page.contracts',
    shortcut: 'w',
    component: lazy(() => import('./customer-service/contracts/contracts.page.tsx')),
  },
  {
    path: '/customer-service/projects',
    section: 'customer-service',
    title: 'page.projects',
    component: lazy(() => import('./customer-service/projects/projects.page.tsx')),
  },
  {
    path: '/customer-service/contacts',
    section: 'customer-service',
    title: 'page.contacts',
    shortcut: 'm',
    component: lazy(() => import('./customer-service/contacts/contacts.page.tsx')),
  },
  {
    path: '/app-support/feedback',
    section: 'app-support',
    title: 'page.feedback',
    shortcut: 'f',
    component: lazy(() => import('./app-support/feedback/feedback.page.tsx')),
  },
  {
    path: '/app-support/faq',
    section: 'app-support',
    title: 'page.faq',
    shortcut: 'q',
    component: lazy(() => import('./app-support/faq/faq.page.tsx')),
  },
  {
    path: '/app-support/categories',
    section: 'app-support',
    title: 'page.categories',
    component: lazy(() => import('./app-support/categories/categories.page.tsx')),
  },
  {
    path: '/app-support/pushes',
    section: 'app-support',
    title: 'page.pushes',
    shortcut: 'h',
    component: lazy(() => import('./app-support/pushes/pushes.page.tsx')),
  },
  {
    path: '/app-support/users',
    section: 'app-support',
    title: 'page.appUsers',
    component: lazy(() => import('./app-support/users/users.page.tsx')),
  },
  {
    path: '/app-support/channels',
    section: 'app-support',
    title: 'page.channels',
    component: lazy(() => import('./app-support/channels/channels.page.tsx')),
  },
  {
    path: '/settings',
    section: 'settings',
    title: 'page.settings',
    shortcut: 's',
    component: lazy(() => import('./settings/settings.page.tsx')),
  },
];
