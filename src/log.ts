/** JSON lines on standard output. Fields are counts, ids, routes and durations: never an address, token or query. */
export type Log = {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
};

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LEVELS)[number];

export function openLog(level: LogLevel, write: (line: string) => void = writeLine): Log {
  const lowest = LEVELS.indexOf(level);
  const at =
    (name: Exclude<LogLevel, 'silent'>) =>
    (event: string, fields: LogFields = {}) => {
      if (LEVELS.indexOf(name) < lowest) return;
      write(JSON.stringify({ at: new Date().toISOString(), level: name, event, ...fields }));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/**
 * What may be said of an error in a log: its kind, its code and where it arose. The message is left out, because
 * a database's or a provider's message can repeat the values it was given.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const root = error.cause instanceof Error ? error.cause : error;
  return {
    error: root.name,
    code: 'code' in root ? String(root.code) : undefined,
    stack: error.stack
      ?.split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 8)
      .join('\n'),
  };
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
