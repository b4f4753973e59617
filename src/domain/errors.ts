export type DomainErrorCode = 'not_found' | 'conflict' | 'forbidden' | 'invalid' | 'unavailable';

/** What readers can be refused for. Their pages say it in their language, by the message `refusal.` and this. */
export type Refusal =
  | 'code'
  | 'signInAgain'
  | 'addressesFull'
  | 'notYourAddress'
  | 'answerReplaced'
  | 'noTopic'
  | 'linkOver'
  | 'linkBroken'
  | 'noAddressChosen'
  | 'notConfirmed'
  | 'rightsUnavailable'
  | 'supportCodeLater';

/** Which refusal it is, and the figures in it. */
export type Refused = { refusal: Refusal; values?: Readonly<Record<string, number>> };

/** A refusal a person can understand: the message says what happened, then what to do. Mapped once per edge. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: DomainErrorCode;
  /** Only of what a reader can meet. */
  readonly refused: Refused | undefined;

  constructor(code: DomainErrorCode, said: string | Refused) {
    super(typeof said === 'string' ? said : said.refusal);
    this.code = code;
    this.refused = typeof said === 'string' ? undefined : said;
  }
}
