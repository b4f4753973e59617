import { answerRoute } from './_answer.ts';

export const GET = answerRoute('site', async ({ settings }) => ({
  legal_entity: settings.legalEntity,
  contact_email: settings.contactEmail,
  press_contact: settings.pressContact,
  security_contact: settings.securityContact,
  time_zone: settings.timeZone,
  language: settings.language,
  other_languages: [...settings.languages],
}));
