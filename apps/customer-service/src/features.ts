import { join } from 'node:path';
import type {
  Codes,
  SignIn,
  Passwords,
  Revocations,
  Sessions,
  TokenIssuer,
  TokenVerifier,
} from '@portico/auth';
import type { Outbox } from '@portico/outbox';
import type { Logger, Route } from '@portico/service';
import { authRoutes } from './auth/auth.routes.ts';
import { createAuthService } from './auth/auth.service.ts';
import { createCodeService } from './auth/codes.service.ts';
import { operatorSessionRoutes } from './auth/operator-session.routes.ts';
import { businessAccountRoutes } from './business-accounts/business-accounts.routes.ts';
import { createBusinessAccountService } from './business-accounts/business-accounts.service.ts';
import type { Config } from './config.ts';
import { contactRoutes } from './contacts/contacts.routes.ts';
import { createContactService } from './contacts/contacts.service.ts';
import { createTurnstile, testSecrets } from './contacts/turnstile.ts';
import { contractRoutes } from './contracts/contracts.routes.ts';
import { createContractService } from './contracts/contracts.service.ts';
import { projectFileRoutes } from './files/files.routes.ts';
import { createFileService } from './files/files.service.ts';
import type { Markdown } from './markdown/markdown.ts';
import type { Models } from './models.ts';
import { projectAdminRoutes } from './projects/projects.admin.routes.ts';
import { projectRoutes } from './projects/projects.routes.ts';
import { createProjectService } from './projects/projects.service.ts';
import { createFileLinks } from './storage/file-links.ts';
import { fileRoutes } from './storage/files.routes.ts';
import { createLocalStorage } from './storage/local-storage.ts';
import { createS3Storage } from './storage/s3-storage.ts';
import type { Storage } from './storage/storage.ts';
import { ticketRoutes } from './tickets/tickets.routes.ts';
import { createTicketService } from './tickets/tickets.service.ts';
import { createAccess } from './users/access.ts';
import { userRoutes } from './users/users.routes.ts';
import { createUserService } from './users/users.service.ts';
import { createUserStore } from './users/users.store.ts';

export interface FeatureDependencies {
  config: Config;
  logger: Logger;
  models: Models;
  outbox: Outbox;
  passwords: Passwords;
  markdown: Markdown;
  sessions: Sessions;
  revocations: Revocations;
  issuer: TokenIssuer;
  verifier: TokenVerifier;
  codes: Codes;
  signIn: SignIn;
}

/** The features and their routes; fixed segments of paths stand before ids. */
export function createFeatures(dependencies: FeatureDependencies) {
  const { config, logger, models, outbox, passwords, markdown, sessions, revocations, signIn } = dependencies;
  const store = createUserStore(models.user);
  const access = createAccess({ verifier: dependencies.verifier, store, sessions });
  const users = createUserService({ store, passwords, sessions, revocations, signIn, logger });
  const auth = createAuthService({
    store,
    users,
    codes: createCodeService({ codes: dependencies.codes, model: models.codeMail, outbox }),
    passwords,
    sessions,
    signIn,
    issuer: dependencies.issuer,
  });
  const operatorEmails = config.OPERATOR_EMAILS ?? (config.ADMIN_EMAIL ? [config.ADMIN_EMAIL] : []);
  const tickets = createTicketService({ model: models.ticket, outbox, operatorEmails });
  const contacts = createContactService({
    model: models.contact,
    outbox,
    operatorEmails,
    verify: createTurnstile({
      secret: config.TURNSTILE_SECRET ?? testSecrets.passes,
      url: config.TURNSTILE_URL,
      timeoutMs: config.TURNSTILE_TIMEOUT_MS,
      onError: (error) => logger.warn({ err: error }, 'turnstile unavailable'),
    }),
  });
  const businessAccounts = createBusinessAccountService({ model: models.businessAccount, outbox });
  const contracts = createContractService({ model: models.contract, users: store, markdown });
  const projects = createProjectService({
    projects: models.project,
    links: models.link,
    tasks: models.task,
    users: store,
    markdown,
  });
  const { storage, routes: storageRoutes } = createStorage(config);
  const files = createFileService({ model: models.file, storage, projects });

  const routes: Route[] = [
    ...authRoutes({ service: auth, access }),
    ...operatorSessionRoutes({
      service: auth,
      publicUrl: config.PUBLIC_URL,
      secure: config.NODE_ENV === 'production',
    }),
    ...userRoutes({ service: users, store, access }),
    ...ticketRoutes({ service: tickets, access }),
    ...businessAccountRoutes({ service: businessAccounts, access }),
    ...contractRoutes({ service: contracts, access }),
    ...projectFileRoutes({ service: files, access, publicUrl: config.PUBLIC_URL }),
    ...projectRoutes({ service: projects, access }),
    ...projectAdminRoutes({ service: projects, access }),
    ...contactRoutes({ service: contacts, access }),
    ...storageRoutes,
  ];
  return { routes, users, files };
}

/** Where files are, and the routes that serve them where nobody else does. */
function createStorage(config: Config): { storage: Storage; routes: Route[] } {
  if (config.S3_BUCKET !== undefined) {
    const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
    const storage = createS3Storage({
      bucket: config.S3_BUCKET,
      region: config.S3_REGION,
      endpoint: config.S3_ENDPOINT,
      credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
      forcePathStyle: config.S3_FORCE_PATH_STYLE,
    });
    return { storage, routes: [] };
  }
  const links = createFileLinks(config.FILE_LINK_SECRETS);
  const storage = createLocalStorage(config.FILES_DIR ?? join(config.DATA_DIR, 'files'), links);
  return { storage, routes: fileRoutes({ storage, links }) };
}
