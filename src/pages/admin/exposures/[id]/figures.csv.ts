import type { APIRoute } from 'astro';
import { csvText } from '#src/text/csv.ts';
import { exportedRows } from '#src/ui/exposures/words.ts';
import { figuresFile } from '../_figures.ts';

export const GET: APIRoute = (context) =>
  figuresFile(context, 'csv', (figures) => csvText(exportedRows(figures)));
