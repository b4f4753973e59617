import { sql, type SQL } from '#db/drizzle.ts';
import { customType } from '#db/drizzle-tables.ts';

/** Letters with a mark and the same letters without: somebody who types "direccion" means "dirección". */
const MARKED = 'ÀÁÂÃÄÅàáâãäåÇçĆćČčÈÉÊËèéêëĘęÌÍÎÏìíîïÑñŃńÒÓÔÕÖØòóôõöøŚśŠšÙÚÛÜùúûüÝýÿŹźŻżŽž';
const PLAIN = 'AAAAAAaaaaaaCcCcCcEEEEeeeeEeIIIIiiiiNnNnOOOOOOooooooSsSsUUUUuuuuYyyZzZzZz';

/** A text's vector ends at 1 MB, beyond which PostgreSQL refuses the row: so many characters never reach it. */
const SEARCHED_MAX = { A: 2_000, B: 2_000, D: 50_000 };
type Weight = keyof typeof SEARCHED_MAX;

/** The dictionaries that a text's words are reduced to their stems by. `simple` keeps every word as it stands. */
export const dictionaries = ['simple', 'english', 'spanish'] as const;

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/** Every string at that path of a JSON column, in SQL. A line break is written with a letter there, which is not one of the word. */
export function stringsIn(column: string, path: string): string {
  return `replace(replace(jsonb_path_query_array("${column}", '${path}')::text, '\\n', ' '), '\\t', ' ')`;
}

/** The same text, character by character, without marks on its letters. */
export function unmarked(expression: SQL): SQL {
  return sql`translate(${expression}, ${sql.raw(`'${MARKED}', '${PLAIN}'`)})`;
}

/**
 * What a search finds the row by: the words of the expression, written in SQL, by weight, `A` counting most. Each is kept by its stem in every
 * dictionary, so the language of the text need not be known: a question is asked with the dictionary of who asks. The
 * database keeps it current by itself.
 */
export function searchVector(weighted: Readonly<Partial<Record<Weight, string>>>) {
  const parts = Object.entries(weighted).map(([weight, expression]) => {
    const text = `translate(left(${expression}, ${SEARCHED_MAX[weight as Weight]}), '${MARKED}', '${PLAIN}')`;
    const stems = dictionaries.map((dictionary) => `to_tsvector('${dictionary}', ${text})`);
    return `setweight(${stems.join(' || ')}, '${weight}')`;
  });
  return tsvector('search_vector').generatedAlwaysAs(sql.raw(parts.join(' || ')));
}
