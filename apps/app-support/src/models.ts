import type { Connection } from 'mongoose';
import { codeSendModel } from './codes/code-sends.model.ts';
import { deviceModel } from './devices/devices.model.ts';
import { faqModel } from './faq/faq.model.ts';
import { categoryModel } from './feedback/categories.model.ts';
import { feedbackModel } from './feedback/feedback.model.ts';
import { managerModel } from './managers/managers.ts';
import { hiddenPushModel } from './pushes/hidden-pushes.ts';
import { pushPageModel } from './pushes/push-pages.model.ts';
import { pushModel } from './pushes/pushes.model.ts';
import { userModel } from './users/users.model.ts';

/** Everything this service stores, registered before the connection opens, so that its indexes are built. */
export const registerModels = (connection: Connection) => ({
  user: userModel(connection),
  codeSend: codeSendModel(connection),
  device: deviceModel(connection),
  faq: faqModel(connection),
  category: categoryModel(connection),
  feedback: feedbackModel(connection),
  manager: managerModel(connection),
  push: pushModel(connection),
  pushPage: pushPageModel(connection),
  hiddenPush: hiddenPushModel(connection),
});

export type Models = ReturnType<typeof registerModels>;
