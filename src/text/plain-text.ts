import type { Token } from 'markdown-it';

const WIDTH_MAX = 78;

/** Markdown tokens as text that reads well without markup. Blocks are parted by blank lines, the items of a tight list are not. */
export function plainText(tokens: readonly Token[]): string {
  const page = blankPage();
  const numbers: (number | undefined)[] = [];
  let table: string[][] = [];
  for (const token of tokens) {
    switch (token.type) {
      case 'inline':
        if (table.length > 0) table.at(-1)?.push(inlineText(token.children ?? []));
        else page.write(inlineText(token.children ?? []));
        break;
      case 'heading_close':
        page.underline();
        page.part();
        break;
      case 'paragraph_close':
        if (!token.hidden) page.part();
        break;
      case 'fence':
      case 'code_block':
        page.write(token.content.replace(/\n$/, '').replace(/^/gm, '    '));
        page.part();
        break;
      case 'hr':
        page.write('----------');
        page.part();
        break;
      case 'blockquote_open':
        page.indent('> ', '> ');
        break;
      case 'blockquote_close':
        page.outdent();
        page.part();
        break;
      case 'bullet_list_open':
        numbers.push(undefined);
        break;
      case 'ordered_list_open':
        numbers.push(Number(token.attrGet('start') ?? 1));
        break;
      case 'list_item_open': {
        const number = numbers.at(-1);
        const marker = number === undefined ? '- ' : `${number}. `;
        if (number !== undefined) numbers[numbers.length - 1] = number + 1;
        page.indent(marker, ' '.repeat(marker.length));
        break;
      }
      case 'list_item_close':
        page.outdent();
        break;
      case 'bullet_list_close':
      case 'ordered_list_close':
        numbers.pop();
        if (numbers.length === 0) page.part();
        break;
      case 'tr_open':
        table.push([]);
        break;
      case 'table_close':
        page.write(tableText(table));
        page.part();
        table = [];
        break;
    }
  }
  return page.text();
}

type Indent = { first: string; rest: string; used: boolean };

/** Lines, each behind the marks of the quotes and list items it stands in. */
function blankPage() {
  const lines: string[] = [];
  const indents: Indent[] = [];
  let partedAt: number | undefined;

  const prefix = (depth: number) =>
    indents
      .slice(0, depth)
      .map((indent) => (indent.used ? indent.rest : indent.first))
      .join('');

  const writeLine = (line: string) => {
    if (partedAt !== undefined && lines.length > 0) {
      const begun = indents.filter((indent) => indent.used).length;
      lines.push(prefix(Math.min(partedAt, begun)).trimEnd());
    }
    partedAt = undefined;
    lines.push((prefix(indents.length) + line).trimEnd());
    for (const indent of indents) indent.used = true;
  };

  return {
    write: (text: string) => text.split('\n').forEach(writeLine),
    underline: () => {
      const last = lines.at(-1) ?? '';
      const start = prefix(indents.length).length;
      writeLine('-'.repeat(Math.max(3, Math.min(WIDTH_MAX, widthOf(last) - start))));
    },
    /** The next block is set apart from what is written so far. */
    part: () => {
      partedAt = indents.length;
    },
    indent: (first: string, rest: string) => {
      indents.push({ first, rest, used: false });
    },
    outdent: () => {
      if (indents.at(-1)?.used === false) writeLine('');
      indents.pop();
    },
    text: () => (lines.length === 0 ? '' : `${lines.join('\n')}\n`),
  };
}

function inlineText(tokens: readonly Token[]): string {
  const pieces: string[] = [];
  const links: { address: string; from: number }[] = [];
  for (const token of tokens) {
    if (token.type === 'link_open') {
      links.push({ address: String(token.attrGet('href') ?? ''), from: pieces.length });
    } else if (token.type === 'link_close') {
      const link = links.pop();
      if (link) pieces.push(linkText(pieces.splice(link.from).join(''), link.address));
    } else if (token.type === 'softbreak') pieces.push(' ');
    else if (token.type === 'hardbreak') pieces.push('\n');
    // Without its marks, what was struck out would read as said.
    else if (token.type === 's_open' || token.type === 's_close') pieces.push('~~');
    else pieces.push(token.content);
  }
  return pieces.join('');
}

function linkText(label: string, address: string): string {
  const shown = address.replace(/^mailto:/i, '');
  if (label.trim() === '') return shown;
  return label === address || label === shown ? label : `${label} (${shown})`;
}

/** In columns where they fit on a line, otherwise each row as a list of `heading: cell`. The first row is the headings. */
function tableText(rows: readonly string[][]): string {
  const [headings = [], ...body] = rows;
  const widths = headings.map((heading, column) =>
    rows.reduce((width, row) => Math.max(width, widthOf(row[column] ?? '')), widthOf(heading)),
  );
  if (widths.reduce((sum, width) => sum + width + 2, -2) <= WIDTH_MAX) {
    const line = (cells: readonly string[]) =>
      cells.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell))).join('  ');
    return [headings, widths.map((width) => '-'.repeat(width)), ...body].map(line).join('\n');
  }
  return body
    .map((row) =>
      row.map((cell, column) => (headings[column] ? `${headings[column]}: ${cell}` : cell)).join('\n'),
    )
    .join('\n\n');
}

function widthOf(text: string): number {
  return [...text].length;
}
