import { UnreadableSource } from './lines.ts';

export const MEASURES_MAX = 20;
const COLUMN_NAME_CHARACTERS_MAX = 100;
const KNOWN_COLUMNS = ['address', 'batch', 'delivered', 'sent_at'] as const;

export type KnownColumn = (typeof KNOWN_COLUMNS)[number];

/** Which column stands where. */
export type Columns = {
  known: Partial<Record<KnownColumn, number>>;
  measures: { name: string; index: number }[];
  count: number;
};

const NAME_COLUMNS = 'Put a first row before it that names them: address,batch,delivered,sent_at.';

/** Names of columns that this product knows are found in any case. @throws UnreadableSource */
export function columnsOf(
  source: string,
  line: number,
  fields: readonly string[],
  anyOf: readonly KnownColumn[],
  separator: 'commas' | 'tabs',
): Columns {
  const refuse = (problem: string) => new UnreadableSource(source, line, problem);
  // A comma at the end of every line makes a last column without a name.
  const names = fields.at(-1) === '' ? fields.slice(0, -1) : fields;
  const known: Columns['known'] = {};
  const measures: Columns['measures'] = [];
  const seen = new Set<string>();
  for (const [index, column] of names.entries()) {
    const lowered = column.toLowerCase();
    if (column === '') throw refuse(`column ${index + 1} has no name. Name every column in the first row.`);
    if (column.length > COLUMN_NAME_CHARACTERS_MAX)
      throw refuse(`the name of column ${index + 1} is too long. ${NAME_COLUMNS}`);
    if (column.includes('@'))
      throw refuse(`the first row holds an address instead of the names of the columns. ${NAME_COLUMNS}`);
    if (seen.has(lowered)) throw refuse(`two columns are named “${column}”. Give each its own name.`);
    seen.add(lowered);
    const knownColumn = findKnownColumn(column);
    if (knownColumn) known[knownColumn] = index;
    else measures.push({ name: column, index });
  }
  if (!anyOf.some((column) => known[column] !== undefined))
    throw refuse(missingColumn(names, anyOf, separator));
  if (measures.length > MEASURES_MAX) {
    throw refuse(
      `it has ${measures.length} columns of measures, and ${MEASURES_MAX} are allowed. Remove the others.`,
    );
  }
  return { known, measures, count: fields.length };
}

export function findKnownColumn(name: string): KnownColumn | undefined {
  const lowered = name.toLowerCase();
  return KNOWN_COLUMNS.find((each) => each === lowered);
}

/** Why a measure cannot be named so, where there is no first row to say it of. */
export function refusedMeasureName(name: string): string | undefined {
  if (name.trim() === '') return 'a field of it has no name. Name every field.';
  if (name.length > COLUMN_NAME_CHARACTERS_MAX) return 'the name of a field is too long. Shorten it.';
  if (name.includes('@')) return 'the name of a field is an address. Put it into a field named “address”.';
  return undefined;
}

function missingColumn(
  names: readonly string[],
  anyOf: readonly KnownColumn[],
  separator: 'commas' | 'tabs',
): string {
  const wanted = anyOf.map((column) => `“${column}”`).join(' or ');
  const hint =
    names.length === 1 && /[;,\t]/.test(names[0] ?? '') ? ` Separate the columns by ${separator}.` : '';
  return `there is no column ${wanted}. The first row must name the columns; it has ${names.length === 1 ? 'one field' : `${names.length} fields`}.${hint || ' Name the column that holds it so.'}`;
}
