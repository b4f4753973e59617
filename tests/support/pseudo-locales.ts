import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { piecesOf, withWords } from './message-ast.ts';

/** Languages that nobody speaks, made from English: what is not a message stays English and is seen at once. */
export const pseudoLocales = { leftToRight: 'en-XA', rightToLeft: 'ar-XB' } as const;

const FOLDER = fileURLToPath(new URL('../../src/messages/', import.meta.url));
const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ACCENTED = [...'áƀćđéƒǵĥíĵķĺḿńőƥʠŕśťúṽŵẋýźÁƁĆĐÉƑǴĤÍĴĶĹḾŃŐƤɊŔŚŤÚṼŴẊÝŹ'];
const TURNED = [...'אבגדהופגחיכלמנסעפצקרשתטזהעאבגדהופגחיכלמנסעפצקרשתטזהע'];

/** A folder of messages with ours and both pseudo-locales in it. */
export function pseudoLocaleFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forthright-messages-'));
  cpSync(FOLDER, folder, { recursive: true, filter: (file) => !file.endsWith('.ts') });
  const english = JSON.parse(readFileSync(join(folder, 'en.json'), 'utf8')) as Record<string, string>;
  writeLanguage(folder, pseudoLocales.leftToRight, english, ACCENTED);
  writeLanguage(folder, pseudoLocales.rightToLeft, english, TURNED);
  return folder;
}

function writeLanguage(folder: string, language: string, english: Record<string, string>, letters: string[]) {
  const messages = Object.entries(english).map(([key, message]) => [key, pseudo(message, letters)]);
  writeFileSync(join(folder, `${language}.json`), JSON.stringify(Object.fromEntries(messages)));
}

/** In brackets, in other letters, and 40 % longer, as a language with long words would be. */
export function pseudo(message: string, letters: string[] = ACCENTED): string {
  const turn = (words: string) =>
    words.replace(/[A-Za-z]/g, (letter) => letters[PLAIN.indexOf(letter)] ?? letter);
  const padding = turn('lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor ');
  const extra = padding.repeat(10).slice(0, Math.ceil(message.length * 0.4));
  return `⟦${withWords(piecesOf(message, 'en'), turn)} ${extra}⟧`;
}
