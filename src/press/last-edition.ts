import { errorFields, type Log } from '#src/log.ts';
import type { Messages } from '#src/messages/messages.ts';
import { asOfBodies } from './as-of.ts';
import { makeBody, type Body, type FlatHeaders } from './body.ts';
import { DamagedEdition, readEdition } from './disk.ts';
import { findDocument, UNAVAILABLE } from './documents.ts';
import { findStandIn, pressPrinted, type Pressed } from './edition.ts';

/** The edition on disk, ready to be served, every page with its note. */
export type LastEdition = {
  asOf: Date;
  find(path: string): Body | undefined;
  /** What stands in for a page that it does not have, in that language if there is one. */
  unavailable(language: string | undefined): Body | undefined;
};

/** Undefined when there is none, or none that can be used. */
export async function openLastEdition(
  folder: string,
  { log, messages, headers }: { log: Log; messages: Messages; headers: FlatHeaders },
): Promise<LastEdition | undefined> {
  const kept = await readEdition(folder).catch((error: unknown) => {
    const why = error instanceof DamagedEdition ? { why: error.message } : errorFields(error);
    log.error('edition_on_disk_unusable', why);
    return undefined;
  });
  if (!kept) return undefined;
  const documents = new Map<string, Pressed>();
  const assets = new Map<string, Body>();
  for (const { path, type, headers: own, bytes, asset } of kept.entries) {
    const document = findDocument(path, messages.languages);
    if (asset)
      assets.set(path, await makeBody(type, bytes, [...headers, 'Cache-Control', 'public, max-age=300']));
    else if (document) {
      documents.set(path, await pressPrinted({ document, type, headers: own, bytes }, headers));
    }
  }
  const bodies = await asOfBodies({ documents, language: kept.language }, kept.knownAt, messages);
  if (bodies.size === 0) return undefined;
  return {
    asOf: kept.knownAt,
    find: (path) => bodies.get(path) ?? assets.get(path),
    unavailable: (language) => findStandIn({ documents }, UNAVAILABLE, language),
  };
}
