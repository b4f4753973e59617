const KEPT_MAX = 200;

/** Plain English here is British: the day before the month, as in most of the world. */
export const dateFormat = kept(
  (locale, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, options),
);
export const numberFormat = kept(
  (locale, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
);
export const listFormat = kept(
  (locale, options: Intl.ListFormatOptions) => new Intl.ListFormat(locale, options),
);

/** Making a format takes a hundred times as long as using it. @throws RangeError for a zone or a language that does not exist. */
function kept<Options extends object, Format>(make: (locale: string, options: Options) => Format) {
  const formats = new Map<string, Format>();
  return (locale: string, options: Options): Format => {
    const key = `${locale} ${JSON.stringify(options)}`;
    let format = formats.get(key);
    if (!format) {
      if (formats.size >= KEPT_MAX) formats.clear();
      format = make(locale, options);
      formats.set(key, format);
    }
    return format;
  };
}
