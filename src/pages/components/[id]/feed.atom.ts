import { componentFeed } from '../../_feed.ts';

export const GET = componentFeed('atom');
