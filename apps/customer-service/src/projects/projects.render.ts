import { plainHtml } from '../markdown/plain-html.ts';
import type { LinkRecord, TaskRecord } from './items.model.ts';
import type { ProjectRecord } from './projects.model.ts';

export const renderProject = (project: ProjectRecord) => ({
  id: String(project._id),
  owner_email: project.ownerEmail,
  name: project.name,
  description: project.description,
  overview_markdown: project.overviewMarkdown,
  overview_html: project.overviewHtml ?? plainHtml(project.overviewMarkdown),
  created_at: project.createdAt,
  updated_at: project.updatedAt,
});

const renderItem = (item: LinkRecord | TaskRecord) => ({
  id: String(item._id),
  project_id: item.projectId,
  title: item.title,
  description: item.description,
  created_at: item.createdAt,
  updated_at: item.updatedAt,
});

export const renderLink = (link: LinkRecord) => ({ ...renderItem(link), url: link.url });

export const renderTask = (task: TaskRecord) => ({ ...renderItem(task), status: task.status });
