import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IntlMessageFormat } from 'intl-messageformat';
import type english from './en.json';

/** The words of the interface in English: every other language has the same keys. */
export type MessageKey = keyof typeof english;
export type Values = Readonly<Record<string, string | number | Date>>;
/** A piece of a message: plain words, or the words inside one of its tags, `<link>…</link>`. */
export type MessagePart = string | { tag: string; text: string };

/** Says a message in one language. */
export type Translate = {
  (key: MessageKey, values?: Values): string;
  /** For a message with tags in it, which the page turns into links or emphasis. */
  parts(key: MessageKey, values?: Values): readonly MessagePart[];
  /** The language asked for, as a BCP 47 tag: dates and figures are written in it. */
  readonly language: string;
};

export type Messages = {
  /** Those that have a file, English first. */
  readonly languages: readonly string[];
  /** Falls back from es-MX to es, and to English where there is no file. */
  in(language: string): Translate;
};

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const FALLBACK = 'en';

type Catalogue = Readonly<Record<string, string>>;

/** Reads every `LANGUAGE.json` of the folder, once. Messages are in ICU's syntax (unicode-org.github.io/icu/userguide). */
export function openMessages(folder = FOLDER): Messages {
  const catalogues = new Map<string, Catalogue>();
  for (const file of readdirSync(folder).sort()) {
    const language = /^([a-zA-Z-]{2,35})\.json$/.exec(file)?.[1];
    if (language)
      catalogues.set(language, JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Catalogue);
  }
  const translators = new Map<string, Translate>();
  const fallback = catalogues.get(FALLBACK) ?? {};
  return {
    languages: [FALLBACK, ...[...catalogues.keys()].filter((language) => language !== FALLBACK)],
    in(language) {
      const known = translators.get(language);
      if (known) return known;
      const catalogue = catalogues.get(language) ?? catalogues.get(baseOf(language));
      const t = translator(catalogue ? language : FALLBACK, { ...fallback, ...catalogue });
      translators.set(language, t);
      return t;
    },
  };
}

/** es of es-MX. */
export function baseOf(language: string): string {
  return new Intl.Locale(language).language;
}

function translator(language: string, catalogue: Catalogue): Translate {
  const formats = new Map<string, IntlMessageFormat>();
  const formatOf = (key: MessageKey): IntlMessageFormat => {
    let format = formats.get(key);
    if (!format) {
      const message = catalogue[key];
      if (message === undefined) throw new Error(`There is no message called ${key}.`);
      format = new IntlMessageFormat(message, language);
      formats.set(key, format);
    }
    return format;
  };
  const say = (key: MessageKey, values: Values = {}) => String(formatOf(key).format({ ...values }));
  const parts = (key: MessageKey, values: Values = {}): readonly MessagePart[] => {
    const tagged = new Proxy<Record<string, unknown>>(
      { ...values },
      {
        has: () => true,
        get: (target, name: string) =>
          target[name] ?? ((chunks: string[]): MessagePart => ({ tag: name, text: chunks.join('') })),
      },
    );
    const formatted = formatOf(key).format<MessagePart>(tagged as Record<string, MessagePart>);
    return Array.isArray(formatted) ? formatted : [formatted];
  };
  return Object.assign(say, { parts, language });
}
