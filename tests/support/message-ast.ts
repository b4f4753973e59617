import { IntlMessageFormat } from 'intl-messageformat';

/** A message taken apart, as the library does it. */
export type Piece = ReturnType<IntlMessageFormat['getAst']>[number];

/** The library's numbers for the kinds of pieces. */
export const kinds = { literal: 0, argument: 1, number: 2, select: 5, plural: 6, pound: 7, tag: 8 } as const;

/** @throws SyntaxError for a message that is none. */
export function piecesOf(message: string, language: string): Piece[] {
  return new IntlMessageFormat(message, language).getAst();
}

type Branches = Record<string, { value: Piece[] }>;

export function branchesOf(piece: Piece): Branches {
  return 'options' in piece ? (piece.options as Branches) : {};
}

export function childrenOf(piece: Piece): Piece[] {
  return 'children' in piece ? piece.children : [];
}

/** Writes the message again, its plain words changed. */
export function withWords(pieces: readonly Piece[], change: (words: string) => string): string {
  return pieces.map((piece) => written(piece, change)).join('');
}

function written(piece: Piece, change: (words: string) => string): string {
  switch (piece.type) {
    case kinds.literal:
      return change(piece.value).replace(/[<>{}']/g, (sign) => (sign === "'" ? "''" : `'${sign}'`));
    case kinds.argument:
      return `{${piece.value}}`;
    case kinds.number:
      return `{${piece.value}, number}`;
    case kinds.pound:
      return '#';
    case kinds.tag:
      return `<${piece.value}>${withWords(piece.children, change)}</${piece.value}>`;
    case kinds.select:
    case kinds.plural: {
      const branches = Object.entries(branchesOf(piece)).map(
        ([name, { value }]) => `${name} {${withWords(value, change)}}`,
      );
      const name = piece.type === kinds.select ? 'select' : 'plural';
      return `{${piece.value}, ${name}, ${branches.join(' ')}}`;
    }
    default:
      throw new Error(`Nobody has taught the tests to write a piece of kind ${piece.type}.`);
  }
}
