import { getSite } from '#src/domain/site/queries.ts';
import { openApi } from '#src/feeds/forthright-v1/openapi.ts';
import { jsonRoute } from '../../_json.ts';

export const GET = jsonRoute(async ({ locals: { app } }) =>
  openApi((await getSite(app.db)).name, app.settings.publicUrl),
);
