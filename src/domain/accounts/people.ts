import type { EmailAddress } from '#src/text/email-address.ts';

/** A mailbox this customer has proven, readable because it is theirs. */
export type ProvenAddress = { id: string; address: EmailAddress; provenAt: Date };

/** A person behind a session, with the mailboxes they have proven. Queries take this, never an id from a URL. */
export type Customer = { id: string; addresses: readonly ProvenAddress[] };
