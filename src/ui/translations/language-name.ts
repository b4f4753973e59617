/** "Spanish", said in a language. */
export function languageName(language: string, inLanguage: string): string {
  try {
    return new Intl.DisplayNames([inLanguage], { type: 'language' }).of(language) ?? language;
  } catch {
    // A tag can be well formed and have no name: a text that was written in it is still shown.
    return language;
  }
}
