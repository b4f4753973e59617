import { defineAction } from 'astro:actions';
import { editSite, removeLogo, setLogo, writePrivacyNotice } from '#src/domain/site/commands.ts';
import { logoForm, privacyForm, schemeForm, siteForm } from '#src/domain/site/input.ts';
import { findPrivacyNotice, getSite } from '#src/domain/site/queries.ts';
import { privacyMarkdown, privacySections } from '#src/words/privacy.ts';
import { asStaff } from './as-staff.ts';
import { fieldErrors } from './local-times.ts';

/** A browser ends lines in its own way. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

export const site = {
  edit: defineAction({
    accept: 'form',
    input: siteForm,
    handler: asStaff('owner', async (input, { app, staff, now }) => {
      const unknown = input.languages.filter((language) => !app.messages.languages.includes(language));
      if (unknown.length > 0) {
        throw fieldErrors({ languages: `There are no words in ${unknown.join(', ')} here.` });
      }
      await editSite(app.db, staff, input, now);
      return { saved: true };
    }),
  }),
  setLogo: defineAction({
    accept: 'form',
    input: logoForm,
    handler: asStaff('owner', async ({ scheme, picture }, { app, staff, now }) => {
      const bytes = new Uint8Array(await picture.arrayBuffer());
      await setLogo(app.db, staff, { scheme, bytes }, now);
      return { saved: true };
    }),
  }),
  removeLogo: defineAction({
    accept: 'form',
    input: schemeForm,
    handler: asStaff('owner', async ({ scheme }, { app, staff, now }) => {
      await removeLogo(app.db, staff, scheme, now);
      return { saved: true };
    }),
  }),
  writePrivacyNotice: defineAction({
    accept: 'form',
    input: privacyForm,
    handler: asStaff('owner', async (input, { app, staff, now }) => {
      const { language } = input;
      const site = await getSite(app.db);
      const sections = privacySections(site, app.settings.mail.transport, app.messages.in(language));
      // A copy would stay as it is when the program or a setting changes. Beside a notice of one's own it is needed.
      const wouldShow =
        language === site.language || (await findPrivacyNotice(app.db, site.language)) === undefined;
      const isDefault = oneLine(input.body) === oneLine(privacyMarkdown(sections)) && wouldShow;
      const body = input.default || isDefault ? '' : input.body;
      await writePrivacyNotice(app.db, staff, { language, body }, now);
      return { saved: true };
    }),
  }),
};
