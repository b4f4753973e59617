import { z } from 'zod';
import { parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import { roles } from '../actors.ts';

/**
 * An address as it is typed. The refusal says what is wrong with the text, never anything about the mailbox. What begins
 * with `refusal.` is a message's key: readers of every language meet these forms.
 */
export const typedAddress = z.string('refusal.noAddress').transform((text, context): EmailAddress => {
  const parsed = parseEmailAddress(text);
  if (parsed.ok) return parsed.address;
  context.addIssue({ code: 'custom', message: `refusal.address.${parsed.refusal}` });
  return z.NEVER;
});

const address = typedAddress;
const code = z.string('refusal.noCode').trim().max(64, 'refusal.longCode');
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
  .refine((input) => input.code || input.token, { path: ['code'], message: 'refusal.noCode' });

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
