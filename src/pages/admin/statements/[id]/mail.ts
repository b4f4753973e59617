import type { APIRoute } from 'astro';
import { getSite } from '#src/domain/site/queries.ts';
import { findStatement } from '#src/domain/statements/drafts.ts';
import { isDrafted, previewMail } from '#src/domain/statements/preview.ts';
import { mailResponse } from '#src/layouts/mail-response.ts';

/** The mail about a draft, as it would leave now. */
export const GET: APIRoute = async ({ locals: { app }, params }) => {
  const statement = await findStatement(app.db, params['id'] ?? '');
  if (!statement || !isDrafted(statement)) return new Response(null, { status: 404 });
  const { mailFrom, publicUrl } = app.settings;
  const site = await getSite(app.db);
  return mailResponse(previewMail(app.keys, statement, { site, mailFrom, publicUrl, now: app.now() }));
};
