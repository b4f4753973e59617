import { z } from 'zod';

export const supportCodeInput = z.object({ addressId: z.string().max(40) });

export const supportQuestionInput = z.object({
  code: z.string('Type the code.').trim().min(1, 'Type the code.').max(64, 'The code is shorter than that.'),
});
