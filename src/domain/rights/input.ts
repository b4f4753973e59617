import { z } from 'zod';

const confirmed = z.literal('on', 'refusal.notConfirmed');

export const confirmedInput = z.object({ confirmed });

export const hideInput = z.object({
  addressIds: z.array(z.string().max(40)).max(100).min(1, 'refusal.noAddressChosen'),
  confirmed,
});
