import { z } from 'zod';
import { typedAddress } from '../accounts/input.ts';
import { topics } from './rules.ts';

/** Tick boxes of one name: none, one or several. */
export const chosenTopics = z.array(z.enum(topics)).max(topics.length);

export const subscribeInput = z.object({
  address: typedAddress,
  topics: chosenTopics.min(1, 'refusal.noTopic'),
});

export const confirmInput = z.object({
  token: z.string().max(200),
  topics: chosenTopics.min(1, 'refusal.noTopicConfirmed'),
});

export const preferencesInput = z.object({ addressId: z.string().max(40), topics: chosenTopics });
