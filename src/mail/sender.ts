/** The operator's MAIL_FROM, taken apart. */
export type Sender = { name: string; address: string; host: string };

/** Reads `Name <address>` or an address. Undefined when it is neither, or when more than one address is in it. */
export function readSender(from: string): Sender | undefined {
  const [, name = '', bracketed, bare] =
    /^(?:([^<>"\p{Cc}]*?) *<([^<>",;:\s]+)>|([^<>",;:\s]+))$/u.exec(from.trim()) ?? [];
  const address = bracketed ?? bare ?? '';
  const [local, host, ...more] = address.split('@');
  return local && host && more.length === 0 ? { name: name.trim(), address, host } : undefined;
}

/** As RFC 5322 writes it: a name with a comma in it would read as two senders, so it is quoted. */
export function writeSender({ name, address }: Sender): string {
  if (name === '') return address;
  return /[,;:()[\]\\@]/.test(name)
    ? `"${name.replaceAll('\\', '\\\\')}" <${address}>`
    : `${name} <${address}>`;
}
