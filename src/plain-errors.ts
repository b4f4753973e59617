import { StoreError } from '#db/client.ts';
import { DomainError } from './domain/errors.ts';
import { SettingsError } from './settings.ts';
import { KeyStoreError } from './trust/key-files.ts';

/** The sentence for an error that somebody at a terminal can act on; undefined for one that is a fault of ours. */
export function plainMessage(error: unknown): string | undefined {
  if (
    error instanceof SettingsError ||
    error instanceof StoreError ||
    error instanceof KeyStoreError ||
    error instanceof DomainError ||
    error instanceof RangeError
  ) {
    return error.message;
  }
  return undefined;
}

/** What whoever made the first root key must know at once, whichever program made it. */
export function rootKeyNotice(keysDir: string): string {
  return (
    `\nA root key was made in ${keysDir}. Back that folder up now, apart from the database:\n` +
    'without it no stored address can ever be read again.\n\n'
  );
}

/** Why the server could not listen, in words. */
export function listenMessage(error: unknown, host: string, port: number): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is in use by another program. Stop that program, or set PORT to a free one.`;
  }
  if (code === 'EACCES') return `Port ${port} may not be used by this user. Set PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST=${host} is not an address of this machine. Set HOST to one that is, or to 0.0.0.0 for all.`;
  }
  if (code === 'ENOTSUP') return 'This system does not let processes share a port. Set SHARE_PORT to off.';
  return undefined;
}
