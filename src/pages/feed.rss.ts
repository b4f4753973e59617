import { siteFeed } from './_feed.ts';

export const GET = siteFeed('rss');
