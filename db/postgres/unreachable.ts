import { StoreError } from '#db/store-error.ts';

/** SQLSTATEs with which a server that is there turns us away. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'Correct user and password in DATABASE_URL.',
  '28000': 'Correct the user in DATABASE_URL, or let it in with pg_hba.conf.',
  '3D000': 'Create that database, or correct its name in DATABASE_URL.',
  '42501': 'Grant the user what is missing.',
  '53300': 'Allow more connections in max_connections, or run fewer processes.',
  '57P03': 'Wait until it has started, then start again.',
};

/** Says where and why, never the password. */
export function unreachable(databaseUrl: string, error: unknown): StoreError {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const why = withoutPassword(message || code, databaseUrl);
  const todo =
    REFUSALS[code] ?? 'Check that it runs and accepts connections, and that DATABASE_URL is right.';
  const verb = REFUSALS[code] ? 'turns us away' : 'cannot be reached';
  return new StoreError('unreachable', `PostgreSQL at ${place(databaseUrl)} ${verb}: ${why}. ${todo}`);
}

function place(databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  if (!url) return 'DATABASE_URL';
  const host = url.host || url.searchParams.get('host') || 'localhost';
  return `${host}${url.pathname}`;
}

function withoutPassword(text: string, databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  const passwords = [url?.password, url?.searchParams.get('password'), decoded(url?.password)];
  return passwords.reduce<string>(
    (told, password) => (password ? told.replaceAll(password, '***') : told),
    text,
  );
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
