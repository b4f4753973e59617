/** Words that mailboxes of roles and hobbies are made of; none is a frequent given or family name. */
const NOT_NAMES = new Set(
  `abuse account accounts admin all anfrage app apps asset assets assistant auto backup biz billing bitcoin blockchain bot
  bounce btc buchhaltung business buy capital care careers cash chat client clients club coin coins company compliance
  contact contacto crypto customer customers daily data defi desk dev digital digest direct do donotreply email enquiries
  erc eth ether ethereum events exchange external feedback finance financial finanzas forex fund funds games gaming general
  global group guest hello help helpdesk hodl hodler home hosting hr info information inquiries internal international
  invest investing investments investor invoice invoices it job jobs junk kontakt kundenservice legal list lists login ltd
  mail mailbox mailer main management manager market marketing markets me member members miner mining mobile money moon mr
  mrs ms my network new news newsletter nft no noreply not notification notifications notify office official online only
  operations ops order orders owner partner partners pay payment payments payroll personal postmaster press private pro
  project promo purchase recruiting reply reports reservations root sales satoshi secure security service services shop
  signals signup site social spam staff stock store subscribe subscriptions support system team tech technical temp test
  the token tokens trade trader traders trading treasury trial updates user users wallet web webmaster welcome work
  world`.split(/\s+/),
);

const NAME_PART = /^[\p{L}\p{M}'’]+$/u;

/**
 * Whether an address gives away a given and a family name: its local part, without a `+tag` and the digits at its end,
 * is two to four words of letters joined by `.`, `_` or `-`, the first and the last at least two letters long, none of them
 * a role. `mara.lindqvist`, `mara_k_lindqvist82`; not `m.lindqvist` (an initial is not a given name) and not `no.reply`.
 */
export function containsName(normalised: string): boolean {
  const at = normalised.lastIndexOf('@');
  const local = at === -1 ? normalised : normalised.slice(0, at);
  const untagged = local.split('+', 1)[0] ?? '';
  const words = withoutEndingDigits(untagged).split(/[._-]/);
  if (words.length < 2 || words.length > 4) return false;
  if (!words.every((word) => NAME_PART.test(word) && !NOT_NAMES.has(word))) return false;
  return lettersIn(words[0]) >= 2 && lettersIn(words.at(-1)) >= 2;
}

/** `lindqvist82` and `lindqvist.82`: years and counters follow a name, and separators before them are not a word. */
function withoutEndingDigits(text: string): string {
  let end = text.length;
  while (end > 0 && /[0-9]/.test(text[end - 1] ?? '')) end -= 1;
  while (end < text.length && end > 0 && /[._-]/.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

function lettersIn(word: string | undefined): number {
  return word?.match(/\p{L}/gu)?.length ?? 0;
}
