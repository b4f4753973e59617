import { z } from 'zod';
import { optionalChoice, optionalText, requiredText, subjectId, ticked } from '../form-fields.ts';
import { componentStatuses, groupDisplays, type ComponentStatus, type GroupDisplay } from './rules.ts';

const name = requiredText(80, 'Give it a name.');
const description = optionalText(300);
const display = z.enum(groupDisplays).optional();
const startDate = z
  .union([z.literal(''), z.iso.date('Give a day.')])
  .nullish()
  .transform((day) => day || null);

export const addComponentInput = z.object({ name, description, groupId: optionalChoice, startDate });
export const addComponentGroupInput = z.object({ name, description, groupId: optionalChoice, display });
export const editComponentInput = z.object({
  componentId: subjectId,
  name,
  description,
  groupId: optionalChoice,
  display,
  onlyShowIfDegraded: ticked,
  showcase: ticked,
  startDate,
});
export const moveComponentInput = z.object({ componentId: subjectId, direction: z.enum(['up', 'down']) });
export const componentInput = z.object({ componentId: subjectId });
export const setComponentStatusInput = z.object({
  componentId: subjectId,
  status: z.enum(componentStatuses),
});

export const correctRecordForm = z.object({
  componentId: subjectId,
  /** Wall-clock times of the site's zone. */
  from: requiredText(40, 'Say from when.'),
  until: requiredText(40, 'Say until when.'),
  status: z.enum(componentStatuses, 'Say what was the case.'),
  reason: requiredText(500, 'Say what was wrong.'),
});

type Shown = {
  onlyShowIfDegraded?: boolean | undefined;
  showcase?: boolean | undefined;
  /** As 2019-11-01. */
  startDate?: string | null | undefined;
};

type Added = { name: string; description?: string; groupId?: string | null };
export type AddComponent = Added & Shown;
export type AddComponentGroup = Added & { display?: GroupDisplay | undefined };
/** What is left out stays as it is. */
export type EditComponent = Shown & {
  componentId: string;
  name: string;
  description: string;
  groupId: string | null;
  display?: GroupDisplay | undefined;
};
export type MoveComponent = z.infer<typeof moveComponentInput>;
export type CorrectRecord = {
  componentId: string;
  /** The span, its end not included. */
  from: Date;
  until: Date;
  status: ComponentStatus;
  reason: string;
};
export type SetComponentStatus = { componentId: string; status: ComponentStatus };
