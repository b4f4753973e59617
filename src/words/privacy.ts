import { PROOF_KEPT_HOURS, PROOF_MINUTES } from '#src/domain/accounts/proofs.ts';
import { CUSTOMER_SESSION_DAYS } from '#src/domain/accounts/sessions.ts';
import { ADDRESSES_KEPT_DAYS } from '#src/domain/broadcasts/retention.ts';
import { SEAL_DAYS_MAX } from '#src/domain/exposures/import/request.ts';
import { DELAY_MAX_MS } from '#src/domain/limits.ts';
import type { Site } from '#src/domain/site/queries.ts';
import { CONFIRM_HOURS } from '#src/domain/subscribers/rules.ts';
import { SUPPORT_CODE_MINUTES, SUPPORT_LOOKS_KEPT_DAYS } from '#src/domain/support-questions/rules.ts';
import type { Translate } from '#src/messages/messages.ts';

/** The company that delivers the mail; absent when it leaves from the operator's own servers. */
const MAIL_PROVIDERS = { resend: 'Resend (Plus Five Five, Inc.)', folder: undefined } as const;

export type PrivacySection = { id: string; title: string; paragraphs: readonly string[] };

/** What the settings and the program itself can say of privacy, until the operator says it. Every period is the program's own. */
export function privacySections(
  site: Site,
  transport: keyof typeof MAIL_PROVIDERS,
  t: Translate,
): PrivacySection[] {
  const contact = site.dataProtectionContact || site.contactEmail;
  const mailProvider = MAIL_PROVIDERS[transport];
  const sections = [
    {
      id: 'who',
      paragraphs: [
        t('privacy.who.entity', { entity: site.legalEntity || site.name }),
        ...(contact ? [t('privacy.who.contact', { contact })] : []),
      ],
    },
    { id: 'why', paragraphs: [t('privacy.why.text')] },
    { id: 'reading', paragraphs: [t('privacy.reading.text')] },
    {
      id: 'signIn',
      paragraphs: [
        t('privacy.signIn.address'),
        t('privacy.signIn.code', { minutes: PROOF_MINUTES, hours: PROOF_KEPT_HOURS }),
        t('privacy.signIn.session', CUSTOMER_SESSION_DAYS),
        t('privacy.signIn.limits', { minutes: DELAY_MAX_MS / 60_000 }),
      ],
    },
    {
      id: 'subscribe',
      paragraphs: [
        t('privacy.subscribe.address', { hours: CONFIRM_HOURS }),
        t('privacy.subscribe.end'),
        t('privacy.subscribe.sent', { days: ADDRESSES_KEPT_DAYS }),
      ],
    },
    {
      id: 'exposure',
      paragraphs: [
        t('privacy.exposure.text', { days: SEAL_DAYS_MAX }),
        t('privacy.exposure.support', { minutes: SUPPORT_CODE_MINUTES, days: SUPPORT_LOOKS_KEPT_DAYS }),
      ],
    },
    {
      id: 'processors',
      paragraphs: [
        ...(site.hostedBy ? [t('privacy.processors.hosting', { name: site.hostedBy })] : []),
        ...(site.deliveredBy ? [t('privacy.processors.delivery', { name: site.deliveredBy })] : []),
        mailProvider ? t('privacy.processors.mail', { name: mailProvider }) : t('privacy.processors.ownMail'),
      ],
    },
    { id: 'rights', paragraphs: [t('privacy.rights.text'), t('privacy.rights.kept')] },
  ] as const;
  return sections.map((section) => ({ ...section, title: t(`privacy.${section.id}`) }));
}

/** The same as Markdown, to begin one's own notice with. */
export function privacyMarkdown(sections: readonly PrivacySection[]): string {
  return sections
    .flatMap(({ title, paragraphs }) => [`## ${title}`, ...paragraphs.map(literally)])
    .join('\n\n');
}

/** Names and contacts are what somebody typed: a sign in them formats nothing. */
function literally(text: string): string {
  return text
    .replace(/[\\`*[\]<]|\b_\B|\B_/g, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^[#>+-]/, '\\$&');
}
