export type Encoding = 'br' | 'gzip' | 'identity';

const REMEMBERED_MAX = 500;
const remembered = new Map<string, Encoding>();

/** Brotli, gzip or neither, by what the header allows (RFC 9110, 12.5.3); `q=0` is a refusal. */
export function preferredEncoding(header: string | string[] | undefined): Encoding {
  if (header === undefined) return 'identity';
  const text = String(header);
  const known = remembered.get(text);
  if (known) return known;
  const encoding = parseEncoding(text);
  // Browsers send a handful of different ones; whoever invents more is parsed for each request.
  if (remembered.size < REMEMBERED_MAX && text.length < 200) remembered.set(text, encoding);
  return encoding;
}

function parseEncoding(header: string): Encoding {
  const accepted = new Map(
    header
      .slice(0, 1000)
      .toLowerCase()
      .split(',')
      .map((part) => {
        const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim());
        const quality = parameters.find((parameter) => parameter.startsWith('q='));
        return [name, quality === undefined ? 1 : Number(quality.slice(2))] as const;
      }),
  );
  const allows = (name: string) => (accepted.get(name) ?? accepted.get('*') ?? 0) > 0;
  if (allows('br')) return 'br';
  return allows('gzip') ? 'gzip' : 'identity';
}
