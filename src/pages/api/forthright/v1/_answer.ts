import type { APIContext, APIRoute } from 'astro';
import { getSiteId } from '#src/domain/site/identity.ts';
import { getSite, type Site } from '#src/domain/site/queries.ts';
import type { Speaker } from '#src/feeds/forthright-v1/answers.ts';
import type * as schemas from '#src/feeds/forthright-v1/schemas.ts';
import type { Answer } from '#src/feeds/forthright-v1/schemas.ts';
import { jsonRoute } from '../../_json.ts';

type Told<Name extends keyof typeof schemas> = Omit<Answer<(typeof schemas)[Name]>, 'site'>;
export type Asked = {
  context: APIContext;
  app: App.Locals['app'];
  db: App.Locals['app']['db'];
  settings: Site;
  speaker: Speaker;
};

/** An answer of our own API, typed by the schema that describes it. Undefined is not there. */
export function answerRoute<Name extends keyof typeof schemas>(
  _schema: Name,
  tell: (asked: Asked) => Promise<Told<Name> | undefined>,
): APIRoute {
  return jsonRoute(async (context) => {
    const { app } = context.locals;
    const settings = await getSite(app.db);
    const speaker = { id: await getSiteId(app.db), name: settings.name, url: app.settings.publicUrl };
    const told = await tell({ context, app, db: app.db, settings, speaker });
    return told && { site: speaker, ...told };
  });
}
