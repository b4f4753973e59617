import { z } from 'zod';
import { parseEmailAddress } from '#src/text/email-address.ts';
import { roles } from '../actors.ts';

/** An address as it is typed. The refusal says what is wrong with the text, never anything about the mailbox. */
const address = z.string('Type an email address.').transform((text, context) => {
  const parsed = parseEmailAddress(text);
  if (parsed.ok) return parsed.address;
  context.addIssue({ code: 'custom', message: `This cannot be an email address: ${parsed.reason}.` });
  return z.NEVER;
});

const code = z.string('Type the code.').trim().max(64, 'The code is shorter than that.');
const token = z.string().max(128);
const name = z.string('Give a name.').trim().min(1, 'Give a name.').max(100, 'Use 100 characters at most.');
const title = z.string().trim().max(100, 'Use 100 characters at most.').optional();
const staffId = z.string().max(32);
const role = z.enum(roles);

export const addressInput = z.object({ address });
export const secondFactorInput = z.object({ code });

/** What a letter brings: its code, or the token of its link. */
export const redeemInput = z
  .object({ code: code.optional(), token: token.optional() })
  .refine((input) => input.code || input.token, { path: ['code'], message: 'Type the code.' });

export const addStaffInput = z.object({ name, title, role, address });
export const changeRoleInput = z.object({ staffId, role });
export const staffInput = z.object({ staffId });

/** `name`, `title` and `address` are asked of the first owner only. */
export const setUpInput = z.object({
  token,
  enrolment: z.string().max(1000),
  code,
  name: name.optional(),
  title,
  address: address.optional(),
});

export type AddStaff = z.infer<typeof addStaffInput>;
export type ChangeRole = z.infer<typeof changeRoleInput>;
export type Redeem = z.infer<typeof redeemInput>;
