import type { Codes, SignIn, Operator, Passwords, Sessions } from '@portico/auth';
import type { Sequence } from '@portico/mongo';
import type { Outbox } from '@portico/outbox';
import type { Producers } from '@portico/queue';
import type { Access, Logger, Route } from '@portico/service';
import { authRoutes } from './auth/auth.routes.ts';
import { createAuthService } from './auth/auth.service.ts';
import type { Clock } from './clock.ts';
import { channelRoutes, codeRoutes } from './codes/codes.routes.ts';
import { createCodeService } from './codes/codes.service.ts';
import type { Config } from './config.ts';
import { deviceRoutes } from './devices/devices.routes.ts';
import { faqAdminRoutes, faqRoutes } from './faq/faq.routes.ts';
import { categoryAdminRoutes, categoryRoutes } from './feedback/categories.routes.ts';
import { feedbackAdminRoutes } from './feedback/feedback.admin.routes.ts';
import { feedbackRoutes } from './feedback/feedback.routes.ts';
import { createFeedbackService } from './feedback/feedback.service.ts';
import { messageRoutes } from './messages/messages.routes.ts';
import type { Models } from './models.ts';
import { createFanOut, type FanOutTiming } from './pushes/fan-out.ts';
import { createPushLog } from './pushes/push-log.service.ts';
import { createPushQueue } from './pushes/push-queue.ts';
import { createPushTargets } from './pushes/push-targets.ts';
import { pushAdminRoutes } from './pushes/pushes.admin.routes.ts';
import { pushLogRoutes } from './pushes/pushes.routes.ts';
import { createPushService } from './pushes/pushes.service.ts';
import type { Stores } from './stores.ts';
import { createUserAccess } from './users/access.ts';
import { personalRoutes, userAdminRoutes } from './users/users.routes.ts';
import { createUserService } from './users/users.service.ts';

export interface FeatureDependencies {
  config: Config;
  logger: Logger;
  models: Models;
  stores: Stores;
  sequence: (name: string) => Sequence;
  outbox: Outbox;
  producers: Producers;
  passwords: Passwords;
  sessions: Sessions;
  operators: Access<Operator>;
  codes: Codes;
  signIn: SignIn;
  clock: Clock;
  fanOutTiming: Partial<FanOutTiming>;
}

/** The features and their routes; fixed segments of paths stand before ids. */
export function createFeatures(dependencies: FeatureDependencies) {
  const { config, logger, models, stores, sequence, outbox, sessions, operators, clock } = dependencies;
  const users = createUserAccess({ sessions, users: stores.users });
  const codes = createCodeService({
    codes: dependencies.codes,
    model: models.codeSend,
    store: stores.codeSends,
    outbox,
    secret: config.CODE_SECRET[0],
  });
  const auth = createAuthService({
    users: stores.users,
    codes,
    passwords: dependencies.passwords,
    sessions,
    signIn: dependencies.signIn,
    hideExistence: config.HIDE_ACCOUNT_EXISTENCE,
  });
  const userService = createUserService({
    store: stores.users,
    sessions,
    access: users,
    erasers: [stores.devices, stores.feedback, stores.hiddenPushes].map(
      (store) => (userId: number) => store.removeAllOf(userId),
    ),
  });
  const feedback = createFeedbackService({
    model: models.feedback,
    store: stores.feedback,
    categories: stores.categories,
    users: stores.users,
    replyIds: sequence('feedback_replies'),
    outbox,
  });
  const log = createPushLog({ pushes: stores.pushes, hidden: stores.hiddenPushes, users: stores.users });
  const fanOut = createFanOut({
    pushes: stores.pushes,
    pages: stores.pushPages,
    pageModel: models.pushPage,
    targets: createPushTargets(stores),
    queue: createPushQueue({
      producers: dependencies.producers,
      pages: stores.pushPages,
      limit: config.PUSH_QUEUE_LIMIT,
    }),
    outbox,
    providers: { android: config.PUSH_PROVIDER_ANDROID, ios: config.PUSH_PROVIDER_IOS },
    lastDeviceId: () => stores.devices.lastId(),
    logger,
    timing: dependencies.fanOutTiming,
  });
  const pushes = createPushService({ store: stores.pushes, pages: stores.pushPages, fanOut, logger });

  const forBoth = { users, operators, clock };
  const personal = { ...forBoth, service: userService, store: stores.users, auth, sessions };
  const feedbackParts = { ...forBoth, service: feedback, store: stores.feedback, managers: stores.managers };
  const routes: Route[] = [
    ...codeRoutes(codes),
    ...authRoutes({ auth, sessions, users, clock }),
    ...personalRoutes(personal),
    ...deviceRoutes({ store: stores.devices, users, clock }),
    ...pushLogRoutes({ log, users, clock }),
    ...faqRoutes({ ...forBoth, store: stores.faq }),
    ...categoryRoutes({ ...forBoth, store: stores.categories }),
    ...feedbackRoutes(feedbackParts),
    ...messageRoutes({ log, feedback: stores.feedback, users }),
    ...faqAdminRoutes({ ...forBoth, store: stores.faq }),
    ...categoryAdminRoutes({ ...forBoth, store: stores.categories }),
    ...feedbackAdminRoutes(feedbackParts),
    ...userAdminRoutes(personal),
    ...pushAdminRoutes({ service: pushes, managers: stores.managers, operators, clock }),
    ...channelRoutes({ operators, store: stores.codeSends, clock }),
  ];
  return { routes, fanOut, users: userService };
}
