import { cpus } from 'node:os';

export function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5);
}

/** The number that so large a share of them does not exceed. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export type Row = Readonly<Record<string, string | number>>;

/** A table that reads well on a terminal and in Markdown. */
export function table(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const text = rows.map((row) => names.map((name) => String(row[name] ?? '')));
  const widths = names.map((name, column) =>
    Math.max(name.length, ...text.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(names), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...text.map(line)].join(
    '\n',
  );
}

/** A figure with the digits that mean something. */
export function round(number: number, digits = 2): number {
  return Number(number.toFixed(digits));
}

/** What the figures were taken on. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? 'an unknown processor'}, Node ${process.versions.node}`;
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
