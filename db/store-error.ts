export type StoreErrorCode =
  | 'occupied' // another process owns the data folder
  | 'folder' // the data folder cannot be used
  | 'not_durable' // commits would not reach the disk
  | 'stopped' // the embedded database gave up after the disk failed
  | 'full' // the disk under the database is
  | 'unreachable' // PostgreSQL does not answer, or does not let us in
  | 'too_old' // PostgreSQL is older than we need
  | 'newer'; // the tables were made by other code than this

/** The database cannot be used. The message says why and what to do, without password or content. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
