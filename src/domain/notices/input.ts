import { z } from 'zod';
import { requiredText } from '../form-fields.ts';

export const noticeForm = z.object({
  title: requiredText(140, 'Give it a title.'),
  body: requiredText(20_000, 'Write the notice.'),
  /** A wall-clock time of the site's zone. */
  effectiveAt: requiredText(40, 'Say when it takes effect.'),
});

export type DraftNotice = {
  title: string;
  /** Markdown. */
  body: string;
  effectiveAt: Date;
  /** Made from the title when absent. */
  slug?: string;
};
export type EditNotice = Omit<DraftNotice, 'slug'> & { noticeId: string };
export type PublishNotice = {
  noticeId: string;
  publicUrl: string;
  /** Whether subscribers get a draft of a mail. True unless told otherwise. */
  draftBroadcast?: boolean;
};
