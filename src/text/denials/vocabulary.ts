const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const DATA = words(
  'data datum information info detail details particulars record records identifiers identities privacy list lists',
);

/** Whose or which information: what makes it personal. */
export const OWNERS = words(`
  personal personally private customer customers user users client clients member members subscriber subscribers
  individual individuals people persons person your their identifying identifiable anyone anybody everyone everybody account
`);

export const PERSONS = words(`
  customer customers user users client clients member members subscriber subscribers people persons individual individuals you
  anyone anybody
`);

/** May stand between the owner and the noun without making it another kind of information. */
export const SOFT_ADJECTIVES = words(`
  account profile contact identifiable identifying identity related sensitive confidential private personal own level specific
  or and nor
`);

/** What can have become of information that others came to know. */
export const DISCLOSED = words(`
  disclosed exposed leaked revealed shared shown visible seen released published compromised breached stolen lost accessed
  affected involved included impacted taken viewed obtained divulged disseminated transmitted sent copied exfiltrated touched
  contained concerned hacked spilled passed part risk danger distributed circulated
`);

/** The same as something done, in its other forms. */
export const DISCLOSING = words(`
  disclose discloses disclosing expose exposes exposing leak leaks leaking reveal reveals revealing share sharing show shows showing
  release releasing publish publishing compromise compromising breach breaching lose losing access accessing affect affects affecting
  involve involves involving include includes including contain contains containing concern concerns concerning impact impacts impacting
  transmit transmitting send sending divulge divulging display displays displaying hold holds carry carries result resulted resulting lead led
`);

/** Said of a text or a list: what it is or has in it. */
export const CONTAINING = words(
  'contain include involve constitute comprise carry count qualify hold affect concern',
);

/** Subjects that tell: behind them, "do not" is no request to the reader. */
export const TELLING = words(
  'we they these those which that mails messages emails addresses lists letters systems',
);

/** Behind a verb, these begin something else. */
export const PREPOSITIONS = words('in on from at for with by as to');

/** Nouns for the act itself: "no disclosure of …", "no risk to …". */
export const HARMS = words(`
  access breach disclosure exposure leak leakage loss damage risk threat harm impact effect compromise theft release danger sharing
`);

export const EVIDENCE = words('evidence indication indications sign signs suggestion proof reason');

export const NO = words('no zero neither nor without none nothing');

export const AUXILIARIES = words(`
  did does do has have had was were is are be been being will would can could may might should must shall am get gets got
`);

/** Another kind than what was disclosed is meant. */
export const FURTHER = words('other further additional more else new extra different');

const SUBORDINATORS = `
  but however because although though while if whether that which who whom whose when where since until unless than except only
  merely just
`;

/** Behind "no", these begin something else. */
export const STOPS_NO = words(`
  ${SUBORDINATORS} was were is are has have had been be will would can could may might should must did do does am
  to on for with about in from by at as longer matter doubt need
`);

/** Behind "not", these begin something else, or say that nothing is denied. */
export const STOPS_NOT = words(`
  ${SUBORDINATORS} know knew known ask asked asking asks request requested sure certain clear need needs trust reply tell told say said
  want established determined confirmed finished yet aware
`);

/** Between the information and "not", these say that something narrower is meant. */
export const STOPS_PASSIVE = words(`${SUBORDINATORS} in on at from before after for with by through`);

/** Between "is not" and a name for it: "is not considered personal data". */
export const PREDICATE_FILLERS = words(`
  a an the any considered regarded as treated classified deemed actually really in fact such strictly legally by law itself themselves
  about , and or nor our your
`);

export const SAFE = words('safe secure intact unaffected untouched uncompromised unharmed unexposed');
export const KEPT = words('private confidential');
export const STAYING = words('remain remains remained stay stays stayed kept');
export const BEING = words('is are was were been be');

/** What "nothing" and "not … anything" have to be said of to be a denial: nothing sent is none. */
export const DISCLOSED_OUTRIGHT = words(
  'disclosed exposed leaked revealed compromised breached stolen accessed disclose expose leak reveal compromise',
);

/** Before these, "addresses" are of another kind or are told apart. */
export const BEFORE_ADDRESSES = words(
  'no any the your their our of or and all customer customers user users , were was',
);

export const AFFECTED = words('affected exposed impacted compromised');

/** Between "other than" and "addresses". */
export const EXCEPTION_FILLERS = words(`
  the your their our its these those this that email mail other customers customer recipients people of and names in account visible
  list lists a an own for to , with
`);
