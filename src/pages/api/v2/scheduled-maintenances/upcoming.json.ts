import { upcomingDocument } from '#src/feeds/statuspage-v2/documents.ts';
import { statusPageRoute } from '../_status-page.ts';

export const GET = statusPageRoute(upcomingDocument);
