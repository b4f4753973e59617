import { z } from 'zod';
import { HEX_COLOUR } from '#src/text/colour.ts';
import { parseEmailAddress } from '#src/text/email-address.ts';
import { optionalText, requiredLine, requiredText, ticked } from '../form-fields.ts';
import { accentProblem } from './rules.ts';

const PRIVACY_NOTICE_MAX = 40_000;

function isTimeZone(name: string): boolean {
  try {
    // An offset such as +02:00 is taken too, but it does not follow the clocks of a place.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

function isLanguage(tag: string): boolean {
  try {
    // Neither a calendar nor figures of its own (en-u-ca-hebrew), nor what somebody made up (en-x-house).
    return new Intl.Locale(tag).baseName === tag && !/-x-/i.test(tag);
  } catch {
    return false;
  }
}

function isAddressOrPage(text: string): boolean {
  if (parseEmailAddress(text).ok) return true;
  return !/\s/.test(text) && URL.canParse(text) && new URL(text).protocol === 'https:';
}

const languageTag = requiredText(35, 'Give a language.').refine(
  isLanguage,
  'This is not a language tag. en and es-MX are.',
);

/** `#ABC` and `#aabbcc` are the same colour: one spelling is kept. */
const colour = optionalText(7)
  .transform((text) => text.toLowerCase().replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3'))
  .superRefine((text, context) => {
    if (text === '') return;
    const message = HEX_COLOUR.test(text)
      ? accentProblem(text)
      : 'This is not a colour. #12547f is one: # and six digits or letters from a to f.';
    if (message) context.addIssue({ code: 'custom', message });
  });

export const siteForm = z.object({
  name: requiredLine(80, 'Give the site a name.'),
  legalEntity: optionalText(120),
  contactEmail: optionalText(254).refine(
    (text) => text === '' || parseEmailAddress(text).ok,
    'This is not an email address. Give one, or leave it empty.',
  ),
  pressContact: optionalText(254),
  securityContact: optionalText(254).refine(
    (text) => text === '' || isAddressOrPage(text),
    'This is neither an email address nor a page that begins with https://. Give one, or leave it empty.',
  ),
  dataProtectionContact: optionalText(254),
  hostedBy: optionalText(254),
  deliveredBy: optionalText(254),
  timeZone: requiredText(64, 'Give a time zone.').refine(
    isTimeZone,
    'This is not the name of a time zone. Europe/Madrid and UTC are.',
  ),
  language: languageTag,
  languages: z.array(z.string().max(35)).max(50).default([]),
  accent: colour,
});

const scheme = z.enum(['light', 'dark']);

export const logoForm = z.object({
  scheme,
  picture: z
    .instanceof(File, { message: 'Choose a file.' })
    .refine((file) => file.size > 0, 'Choose a file.'),
});

export const schemeForm = z.object({ scheme });

export const privacyForm = z.object({
  language: languageTag,
  body: optionalText(PRIVACY_NOTICE_MAX),
  /** Away with the operator's own. */
  default: ticked,
});
