import { AppError } from '@portico/envelope';
import type { Page, PageRequest } from '@portico/mongo';
import type { Model } from 'mongoose';
import type { OperatorFilter } from '../fields.ts';
import type { Markdown } from '../markdown/markdown.ts';
import { anyObject, missing, newestFirst, ownObject, searchFilter } from '../objects.ts';
import type { Caller } from '../users/access.ts';
import { ownerByEmail } from '../users/owner.ts';
import type { UserStore } from '../users/users.store.ts';
import type { LinkModel, LinkRecord, TaskModel, TaskRecord } from './items.model.ts';
import type { ProjectModel, ProjectRecord } from './projects.model.ts';

export interface ProjectServiceOptions {
  projects: ProjectModel;
  links: LinkModel;
  tasks: TaskModel;
  users: UserStore;
  markdown: Markdown;
}

type ProjectText = Pick<ProjectRecord, 'name' | 'description' | 'overviewMarkdown'>;

const notFound = '项目不存在';

/** Projects with their links and tasks (document 003, section 5). */
export function createProjectService({ projects, links, tasks, users, markdown }: ProjectServiceOptions) {
  /** @throws AppError `not_found`, `permission_denied` */
  const own = (caller: Caller, id: string) =>
    ownObject(projects, id, { ownerId: caller.id }, { missing: notFound, foreign: '无权访问此项目' });
  const overviewOf = async (overviewMarkdown: string) => ({
    overviewMarkdown,
    overviewHtml: await markdown.render('overview_markdown', overviewMarkdown),
  });
  const any = (id: string) => anyObject(projects, id, notFound);

  return {
    own,
    any,

    listOwn: (caller: Caller, page: PageRequest): Promise<Page<ProjectRecord>> =>
      newestFirst(projects, { ownerId: caller.id }, page),

    list(filter: OperatorFilter & { owner_email?: string | undefined }, page: PageRequest) {
      const conditions = {
        ...(filter.owner_email && { ownerEmail: filter.owner_email }),
        ...searchFilter(filter, ['name', 'ownerEmail', 'description']),
      };
      return newestFirst(projects, conditions, page);
    },

    async create(ownerEmail: string, project: ProjectText): Promise<ProjectRecord> {
      const owner = await ownerByEmail(users, ownerEmail);
      const overview = await overviewOf(project.overviewMarkdown);
      const created = await projects.create({ ...owner, ...project, ...overview, createdAt: new Date() });
      return created.toObject<ProjectRecord>();
    },

    async update(id: string, change: Partial<ProjectText>): Promise<ProjectRecord> {
      await any(id);
      const { overviewMarkdown } = change;
      const overview = overviewMarkdown !== undefined && (await overviewOf(overviewMarkdown));
      return updateOne(projects, id, { ...change, ...overview }, notFound);
    },

    /** Hides it, and with it all that belongs to it. */
    remove: (id: string) => removeOne(projects, id, notFound),

    async listLinks(caller: Caller, id: string, page: PageRequest): Promise<Page<LinkRecord>> {
      await own(caller, id);
      return newestFirst(links, { projectId: id }, page);
    },
    async addLink(id: string, link: Pick<LinkRecord, 'title' | 'url' | 'description'>): Promise<LinkRecord> {
      await any(id);
      const created = await links.create({ ...link, projectId: id, createdAt: new Date() });
      return created.toObject<LinkRecord>();
    },
    removeLink: (id: string) => removeOne(links, id, '链接不存在'),

    async listTasks(caller: Caller, id: string, status: TaskRecord['status'] | undefined, page: PageRequest) {
      await own(caller, id);
      return newestFirst(tasks, { projectId: id, ...(status && { status }) }, page);
    },
    async addTask(
      id: string,
      task: Pick<TaskRecord, 'title' | 'description' | 'status'>,
    ): Promise<TaskRecord> {
      await any(id);
      const created = await tasks.create({ ...task, projectId: id, createdAt: new Date() });
      return created.toObject<TaskRecord>();
    },
    updateTask: (id: string, change: Partial<Pick<TaskRecord, 'title' | 'description' | 'status'>>) =>
      updateOne(tasks, id, change, '任务不存在'),
    removeTask: (id: string) => removeOne(tasks, id, '任务不存在'),
  };
}

export type ProjectService = ReturnType<typeof createProjectService>;

async function updateOne<Item extends { _id: ProjectRecord['_id'] }>(
  model: Model<Item>,
  id: string,
  change: object,
  message: string,
): Promise<Item> {
  await anyObject(model, id, message);
  const updated = await model
    .findOneAndUpdate(
      { _id: id, deletedAt: null } as object,
      { $set: { ...change, updatedAt: new Date() } },
      { returnDocument: 'after' },
    )
    .lean<Item>()
    .exec();
  if (!updated) throw missing(message);
  return updated;
}

async function removeOne<Item extends { _id: ProjectRecord['_id'] }>(
  model: Model<Item>,
  id: string,
  message: string,
): Promise<void> {
  await anyObject(model, id, message);
  const { modifiedCount } = await model
    .updateOne({ _id: id, deletedAt: null } as object, { $set: { deletedAt: new Date() } })
    .exec();
  if (modifiedCount === 0) throw new AppError('not_found', { message });
}
