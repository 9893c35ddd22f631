import { z } from 'zod';
import { pageOf, timeText } from '../answers.ts';
import {
  emailField,
  httpUrlField,
  longText,
  notEmpty,
  operatorQuery,
  pageQuery,
  line,
  typedOrNull,
} from '../fields.ts';
import { taskStatuses } from './items.model.ts';

/** Lists of a project are longer (contract: lists). */
const itemPage = pageQuery(100, 500);
const nothingGiven = '未提供任何需要更新的字段';

export const projectParams = z.object({ project_id: z.string() });
export const linkParams = z.object({ link_id: z.string() });
export const taskParams = z.object({ task_id: z.string() });

const name = line(200);
const description = typedOrNull(2000);
const overview = longText(200_000);

export const newProjectBody = z.object({
  owner_email: emailField,
  name,
  description: description.default(null),
  overview_markdown: overview,
});

export const projectBody = z
  .object({
    name: name.optional(),
    description: description.optional(),
    overview_markdown: overview.optional(),
  })
  .refine(notEmpty, nothingGiven);

export const linkBody = z.object({
  title: line(200),
  url: httpUrlField,
  description: description.default(null),
});

const taskStatus = z.enum(taskStatuses);

export const taskBody = z.object({
  title: line(200),
  description: description.default(null),
  status: taskStatus.default('pending'),
});

export const taskUpdateBody = z
  .object({
    title: line(200).optional(),
    description: description.optional(),
    status: taskStatus.optional(),
  })
  .refine(notEmpty, nothingGiven);

export const ownProjectsQuery = z.object(pageQuery());
export const projectsQuery = z.object({
  ...pageQuery(),
  ...operatorQuery,
  owner_email: emailField.optional(),
});
export const linksQuery = z.object(itemPage);
export const tasksQuery = z.object({ ...itemPage, status: taskStatus.optional() });

export const projectOutput = z.object({
  id: z.string(),
  owner_email: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  overview_markdown: z.string(),
  overview_html: z.string(),
  created_at: timeText,
  updated_at: timeText.nullable(),
});

const item = {
  id: z.string(),
  project_id: z.string(),
  title: z.string(),
  description: z.string().nullable(),
  created_at: timeText,
  updated_at: timeText.nullable(),
};

export const linkOutput = z.object({ ...item, url: z.string() });
export const taskOutput = z.object({ ...item, status: taskStatus });
export const projectsOutput = pageOf(projectOutput);
export const linksOutput = pageOf(linkOutput);
export const tasksOutput = pageOf(taskOutput);
