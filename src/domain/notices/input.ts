import { z } from 'zod';
import { optionalText, requiredLine, requiredText } from '../form-fields.ts';

export const noticeForm = z.object({
  title: requiredLine(140, 'Give it a title.'),
  body: requiredText(20_000, 'Write the notice.'),
  /** A wall-clock time of the site's zone. */
  effectiveAt: requiredText(40, 'Say when it takes effect.'),
});

/** What changes and why; asked for once the notice is public. */
export const noticeChange = optionalText(1000);

export type DraftNotice = {
  title: string;
  /** Markdown. */
  body: string;
  effectiveAt: Date;
  /** Made from the title when absent. */
  slug?: string;
};
export type EditNotice = Omit<DraftNotice, 'slug'> & {
  noticeId: string;
  /** Needed before the correction of a public notice is published: what changes and why. */
  changeSummary?: string;
};
export type PublishNotice = {
  noticeId: string;
  publicUrl: string;
  /** Whether subscribers get a draft of a mail. True unless told otherwise. */
  draftBroadcast?: boolean;
};
export type WithdrawNotice = PublishNotice & { reason: string };
export type RedactNotice = { noticeId: string; number: number; reason: string };
