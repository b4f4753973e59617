import { z } from 'zod';
import { optionalChoice, optionalText, requiredText, subjectId } from '../form-fields.ts';
import { componentStatuses, type ComponentStatus } from './rules.ts';

const name = requiredText(80, 'Give it a name.');
const description = optionalText(300);

export const addComponentInput = z.object({ name, description, groupId: optionalChoice });
export const addComponentGroupInput = z.object({ name, description });
export const editComponentInput = z.object({
  componentId: subjectId,
  name,
  description,
  groupId: optionalChoice,
  position: z.coerce.number('Give a number.').int('Give a whole number.').min(0).max(9999),
});
export const setComponentStatusInput = z.object({
  componentId: subjectId,
  status: z.enum(componentStatuses),
});

export type AddComponentGroup = { name: string; description?: string };
export type AddComponent = AddComponentGroup & { groupId?: string | null };
export type EditComponent = z.infer<typeof editComponentInput>;
export type SetComponentStatus = { componentId: string; status: ComponentStatus };
