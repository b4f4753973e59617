import { DrizzleQueryError } from '#db/drizzle.ts';
import { PgPreparedQuery } from '#db/drizzle-tables.ts';
import { StoreError } from './store-error.ts';
import { TransactionMisused } from './transaction-guard.ts';

type Queries = {
  queryWithCache?: (text: string, values: unknown[], query: () => Promise<unknown>) => Promise<unknown>;
};
type Fields = Record<string, unknown>;

/** Where drivers put what was asked or stored: addresses, codes, whole rows. */
const TELLING_FIELDS = ['detail', 'where', 'internalQuery', 'query', 'params', 'queryOptions'];

/**
 * Drizzle puts the values of a query into the message of its error, and errors are logged. From here on they carry the
 * statement with its placeholders, SQLSTATE and constraint, and nothing that was asked or stored. A lost database is a StoreError.
 */
function keepValuesOutOfErrors(): void {
  const queries = PgPreparedQuery.prototype as unknown as Queries;
  const run = queries.queryWithCache;
  if (!run)
    throw new Error('Drizzle runs its queries differently now: db/query-failures.ts must be fitted to it.');
  queries.queryWithCache = async function (text, values, query) {
    try {
      return await run.call(this, text, values, query);
    } catch (error) {
      throw error instanceof DrizzleQueryError ? failure(error) : error;
    }
  };
}

keepValuesOutOfErrors();

function failure(error: DrizzleQueryError): Error {
  const told = error.cause && driverFailure(error.cause);
  if (told instanceof StoreError || told instanceof TransactionMisused) return told;
  error.params = [];
  retell(error, `The database refused a statement${told ? `: ${told.message}` : ''}\n${error.query}`);
  return error;
}

/** What a driver's error becomes where Drizzle is not asked: a StoreError, or the same without values. */
export function driverFailure(error: Error): Error {
  if (isConnectionLost(error)) return connectionLost(error);
  return codeOf(error) === DISK_FULL ? diskFull() : withoutValues(error);
}

/** The same error of the driver, without values. */
export function withoutValues<E extends Error>(error: E): E {
  const fields = error as unknown as Fields;
  for (const field of TELLING_FIELDS) delete fields[field];
  // Data exceptions quote the value: invalid input syntax for type integer: "…".
  const code = codeOf(error);
  if (code.startsWith('22')) retell(error, `${error.message.replace(/:? ?".*$/s, '')} (${code})`);
  return error;
}

const DISK_FULL = '53100';
const LOST_CODES =
  /^(?:08...|57P..|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
/** What node-postgres and PGlite say without a code. */
const LOST_MESSAGES =
  /^(?:Connection terminated|Query read timeout|timeout exceeded when trying|timeout expired|Client (?:has encountered a connection error|was closed)|Cannot use a pool after|PGlite is clos)/;

/** Whether the connection or the server has gone, rather than the statement been refused. */
export function isConnectionLost(error: Error): boolean {
  return LOST_CODES.test(codeOf(error)) || LOST_MESSAGES.test(error.message);
}

function connectionLost(error: Error): StoreError {
  const reason = error.message || codeOf(error);
  return new StoreError(
    'unreachable',
    `The database has stopped answering (${reason}). Check that it runs; Forthright goes on by itself when it is back.`,
  );
}

function diskFull(): StoreError {
  return new StoreError(
    'full',
    'The disk under the database is full, and this was not stored. Free some space.',
  );
}

/** SQLSTATE of the database, code of Node, or nothing. */
function codeOf(error: Error): string {
  return String((error as unknown as Fields)['code'] ?? '');
}

function retell(error: Error, message: string): void {
  const frames = error.stack?.slice(error.stack.indexOf('\n    at ')) ?? '';
  error.message = message;
  error.stack = `${error.name}: ${message}${frames}`;
}
