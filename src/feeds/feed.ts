import { urnOf } from '#src/text/ids.ts';
import type { Entry } from './entries.ts';
import { oneLine } from './xml.ts';

export const feedFormats = ['atom', 'rss', 'json'] as const;
export type FeedFormat = (typeof feedFormats)[number];

/** What the three formats are written from. */
export type Feed = {
  /** A URN: the same on another host. */
  id: string;
  title: string;
  /** BCP 47. */
  language: string;
  author: string;
  /** The page it belongs to. */
  home: string;
  /** Its own address, without the ending. */
  self: string;
  /** Of its newest entry, never of the build: undefined while it is empty. */
  updated: Date | undefined;
  entries: readonly Entry[];
};

export type FeedOf = Pick<Feed, 'language' | 'home' | 'self' | 'entries'> & {
  siteId: string;
  siteName: string;
  author: string;
  /** Of one component alone. */
  component?: { id: string; name: string } | undefined;
};

export function makeFeed({ siteId, siteName, author, component, ...feed }: FeedOf): Feed {
  const name = ['feed', siteId, component?.id ?? '', feed.language].join(':');
  return {
    ...feed,
    id: urnOf(name),
    title: oneLine(component ? `${siteName}: ${component.name}` : siteName),
    author: oneLine(author || siteName),
    updated: feed.entries[0]?.updated,
  };
}
