import { InvalidArgumentError } from 'commander';
import type { NamedVersion } from '#src/domain/keys/commands.ts';
import { incidentIdOf, type siteKeys } from '#src/domain/keys/names.ts';
import type { Rest, RestKind } from '#src/domain/keys/rests.ts';
import type { KeyName } from '#src/trust/keys.ts';

/** What it means that a key has a new version, in one sentence. */
const afterRotation: Record<(typeof siteKeys)[number], string> = {
  addresses:
    'Mailboxes are stored under it from now on, those that are there are brought under it by the worker or when they are next proven, and everybody goes on being found.',
  tokens: 'Codes and links are made with it from now on, and those in mails that were sent go on working.',
  broadcasts: 'Broadcasts prepared from now on rest on it, and those under way go on with theirs.',
  sealing:
    'Imports seal to its public half from now on, and the addresses of earlier lists open with the older private half.',
  erasures:
    'Whoever has something erased from now on is marked under it, and earlier marks hold as they are until their owners next prove their mailbox.',
};

export function rotationMeans(name: KeyName): string {
  if (incidentIdOf(name) === undefined) return afterRotation[name as (typeof siteKeys)[number]];
  return 'Lists imported from now on are made with it, earlier ones answer with theirs, and the two cannot be compared with each other.';
}

const kinds: Record<RestKind, [one: string, many: string]> = {
  mailboxes: ['mailbox of a customer', 'mailboxes of customers'],
  subscriptions: ['subscription', 'subscriptions'],
  staff: ['mailbox of the team', 'mailboxes of the team'],
  secondFactors: ['second factor', 'second factors'],
  codes: ['request for a code', 'requests for codes'],
  letters: ['letter', 'letters'],
  deliveries: ['message of a broadcast', 'messages of broadcasts'],
  broadcasts: ['broadcast under way', 'broadcasts under way'],
  tombstones: ['mark of something erased', 'marks of something erased'],
  lists: ['exposure list', 'exposure lists'],
  sealedLists: ['list with sealed addresses', 'lists with sealed addresses'],
  suppressions: ['suppression', 'suppressions'],
};

const figure = new Intl.NumberFormat('en');

/** `3 subscriptions, 1 letter`. */
export function restsInWords(rests: readonly Rest[]): string {
  return rests
    .map(({ kind, rows }) => `${figure.format(rows)} ${kinds[kind][rows === 1 ? 0 : 1]}`)
    .join(', ');
}

/** What to do about what still rests on a key. */
export function untilSpared(name: KeyName): string {
  switch (name) {
    case 'addresses':
      return 'Requests for codes and letters go within a day. What else is left does not open: forthright log verify and a backup say more.';
    case 'broadcasts':
      return 'Addresses of broadcasts are wiped 30 days after their end.';
    case 'tokens':
      return 'Wait until these broadcasts have ended.';
    case 'erasures':
      return 'They keep a list that is imported again from answering for people who left, and go with their incident’s data: forthright exposures destroy';
    default:
      return 'See forthright keys list.';
  }
}

export function versionInWords({ version, fingerprint }: NamedVersion): string {
  return `version ${version}, fingerprint ${fingerprint}`;
}

/** A version as it is typed. Another text is a wrong command. */
export function versionArgument(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a version as keys list shows it: 1, 2, …');
}
