import type { APIRoute } from 'astro';
import { figuresFile } from '../_figures.ts';

export const GET: APIRoute = (context) =>
  figuresFile(context, 'json', (figures) => `${JSON.stringify(figures, null, 2)}\n`);
