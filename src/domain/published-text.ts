import type { Database } from '#db/client.ts';
import { findDenials, type Denial } from '#src/text/denials/denials.ts';
import { maskedAddress } from '#src/text/email-address.ts';
import { visibleText } from '#src/text/visible-text.ts';
import { DomainError } from './errors.ts';
import { findListFacts, type ListFacts } from './exposures/queries.ts';
import { getSite } from './site/queries.ts';
import { foreignAddresses, ownAddresses } from './site/rules.ts';

const figure = new Intl.NumberFormat('en');
const percent = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** What the imported list says, as a sentence with its figures. */
export function figuresOf(list: ListFacts): string {
  const addresses = list.exposedAddresses;
  const people = addresses === 1 ? 'address of a person who was' : 'addresses of people who were';
  const names = `${percent.format(list.containsNameShare * 100)} %`;
  return `The imported list, version ${list.version}, has ${figure.format(addresses)} ${people} shown to others; ${names} contain a name.`;
}

/** Claims in a Markdown text that the list contradicts. A list that exposes nobody contradicts nothing. */
export function contradictions(markdown: string, list: ListFacts | undefined): Denial[] {
  if (!list || list.exposedAddresses === 0) return [];
  return findDenials(visibleText(markdown), { names: list.containsNameShare > 0 });
}

/** Addresses in a Markdown text, in its source or as it is read, that are not the organisation's own. */
export function strangersIn(markdown: string, own: ReadonlySet<string>): string[] {
  return [...new Set(foreignAddresses(`${markdown}\n${visibleText(markdown)}`, own))];
}

/**
 * For short texts that are published without a review: an incident's update, a notice, a question, a component.
 *
 * @throws DomainError `invalid` when one of the Markdown texts shows anybody's address, or says what the incident's imported
 *   list contradicts.
 */
export async function refuseUnfitText(
  db: Database,
  texts: readonly string[],
  incidentId: string | null,
): Promise<void> {
  const own = ownAddresses(await getSite(db));
  const [address] = texts.flatMap((text) => strangersIn(text, own));
  if (address) {
    throw new DomainError(
      'invalid',
      `The text has an email address in it (${maskedAddress(address)}) that is not one of this site's contacts. Take it out, or make it a contact in the site's settings.`,
    );
  }
  const list = incidentId === null ? undefined : await findListFacts(db, incidentId);
  const [denial] = contradictions(texts.join('\n\n'), list);
  if (list && denial?.certain) {
    throw new DomainError(
      'invalid',
      `The text says “${denial.excerpt}”. ${figuresOf(list)} Say what was disclosed, and only then what was not.`,
    );
  }
}
