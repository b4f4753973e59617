export type DomainErrorCode = 'not_found' | 'conflict' | 'forbidden' | 'invalid' | 'unavailable';

/** A refusal a person can understand: the message says what happened, then what to do. Mapped once per edge. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: DomainErrorCode;

  constructor(code: DomainErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
