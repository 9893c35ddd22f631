import type { Sequence } from '@portico/mongo';
import { createCodeSendStore } from './codes/code-sends.store.ts';
import { createDeviceStore } from './devices/devices.store.ts';
import { createFeedbackStore } from './feedback/feedback.store.ts';
import { createManagers } from './managers/managers.ts';
import type { Models } from './models.ts';
import { createOrderedStore } from './ordered/ordered.store.ts';
import { createHiddenPushStore } from './pushes/hidden-pushes.ts';
import { createPushPageStore } from './pushes/push-pages.store.ts';
import { createPushStore } from './pushes/pushes.store.ts';
import { createUserStore } from './users/users.store.ts';

/** The queries of all features; each object's ids are a sequence of their own. */
export const createStores = (models: Models, sequence: (name: string) => Sequence) => ({
  users: createUserStore({ model: models.user, ids: sequence('users') }),
  codeSends: createCodeSendStore(models.codeSend),
  devices: createDeviceStore({ model: models.device, ids: sequence('devices') }),
  faq: createOrderedStore(models.faq, sequence('faq')),
  categories: createOrderedStore(models.category, sequence('feedback_categories')),
  feedback: createFeedbackStore({ model: models.feedback, ids: sequence('feedback') }),
  managers: createManagers(models.manager, sequence('managers')),
  pushes: createPushStore({ model: models.push, ids: sequence('pushes') }),
  pushPages: createPushPageStore(models.pushPage),
  hiddenPushes: createHiddenPushStore(models.hiddenPush),
});

export type Stores = ReturnType<typeof createStores>;
