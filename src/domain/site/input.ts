import { z } from 'zod';
import { parseEmailAddress } from '#src/text/email-address.ts';
import { optionalText, requiredText } from '../form-fields.ts';

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
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

export const siteForm = z.object({
  name: requiredText(80, 'Give the site a name.'),
  legalEntity: optionalText(120),
  contactEmail: optionalText(254).refine(
    (text) => text === '' || parseEmailAddress(text).ok,
    'This is not an email address. Give one, or leave it empty.',
  ),
  pressContact: optionalText(254),
  timeZone: requiredText(64, 'Give a time zone.').refine(
    isTimeZone,
    'This is not the name of a time zone. Europe/Madrid and UTC are.',
  ),
  language: requiredText(35, 'Give a language.').refine(
    isLanguage,
    'This is not a language tag. en and es-MX are.',
  ),
  languages: z.array(z.string().max(35)).max(50).default([]),
});
