import { z } from 'zod';
import { parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import { topics } from './rules.ts';

/** Tick boxes of one name: none, one or several. */
export const chosenTopics = z.array(z.enum(topics)).max(topics.length);

/** As somebody types it. The refusal says what is wrong with the text, never anything about the address. */
export const typedAddress = z.string().transform((text, context): EmailAddress => {
  const parsed = parseEmailAddress(text);
  if (parsed.ok) return parsed.address;
  context.addIssue({ code: 'custom', message: `This is not an address we can write to: ${parsed.reason}.` });
  return z.NEVER;
});

export const subscribeInput = z.object({
  address: typedAddress,
  topics: chosenTopics.min(1, 'Choose at least one.'),
});

export const confirmInput = z.object({
  token: z.string().max(200),
  topics: chosenTopics.min(1, 'Choose at least one, or close this page: nothing is sent until you confirm.'),
});

export const preferencesInput = z.object({ addressId: z.string().max(40), topics: chosenTopics });
