import type { APIContext } from 'astro';
import { exportedFigures, listBatchSizes, type ExportedFigures } from '#src/domain/exposures/figures.ts';
import { findExposureList } from '#src/domain/exposures/queries.ts';

/** A list's figures as a file, for everybody of the team: who may see the page may take them away. */
export async function figuresFile(
  { locals, params }: APIContext,
  ending: 'csv' | 'json',
  write: (figures: ExportedFigures) => string,
): Promise<Response> {
  const { app, staff } = locals;
  if (!staff) return new Response(null, { status: 303, headers: { Location: '/admin/sign-in' } });
  const list = await findExposureList(app.db, params['id'] ?? '');
  if (!list?.report) return new Response(null, { status: 404 });
  const { report } = list;
  const figures = exportedFigures({ ...list, report }, await listBatchSizes(app.db, list.id));
  const name = `${list.incident.slug}-version-${list.version}.${ending}`;
  return new Response(write(figures), {
    headers: {
      'Content-Type': ending === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
      'Content-Disposition': `attachment; filename="${name}"`,
    },
  });
}
