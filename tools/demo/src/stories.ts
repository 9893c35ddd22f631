import { accountsStory } from './accounts/story.ts';
import { appSupportStory } from './app-support/story.ts';
import { customerServiceStory } from './customer-service/story.ts';
import { smsPhoneStory } from './sms-phone.ts';
import type { Story } from './stage.ts';

/** In the order in which they are told. */
export const stories: readonly Story[] = [
  accountsStory,
  smsPhoneStory,
  customerServiceStory,
  appSupportStory,
];
