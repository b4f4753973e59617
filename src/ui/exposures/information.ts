/** Markdown from a statement's section on the information involved; absent where it does not set it apart. */
export type Information = { shown: string | undefined; notShown: string | undefined };

/** In the languages that there are messages in. */
const SHOWN =
  /^(?:(?:what was |information )?(?:shown|involved|disclosed)|(?:lo que )?se mostró|(?:información )?(?:mostrad[oa]|afectada))$/;
const NOT_SHOWN =
  /^(?:(?:what was |information )?not (?:shown|involved|disclosed)|(?:lo que )?no se mostró|(?:información )?no (?:mostrad[oa]|afectada))$/;
/** A heading, or words at the beginning of a paragraph that are bold or end in a colon. */
const LABEL =
  /^(?:#{1,6} +(?<heading>[^\n]{1,60})|\*\*(?<bold>[^*\n]{1,60})\*\*:?|(?<plain>[^:\n]{1,60}):)[ \n]*/;

/**
 * Takes apart what a statement says was shown and what was not, where it says so under these words: `**Not shown:** your
 * password, …`, a heading, or a label before a list. Everything else stays where it is, in the statement.
 */
export function informationIn(section: string): Information {
  const found: Information = { shown: undefined, notShown: undefined };
  const blocks = section
    .replace(/\r\n/g, '\n')
    .trim()
    .split(/\n\s*\n/);
  for (const [index, block] of blocks.entries()) {
    const label = LABEL.exec(block);
    if (!label) continue;
    const { heading, bold, plain } = label.groups ?? {};
    const words = (heading ?? bold ?? plain ?? '').replace(/:$/, '').trim().toLowerCase();
    const part = NOT_SHOWN.test(words) ? 'notShown' : SHOWN.test(words) ? 'shown' : undefined;
    if (!part) continue;
    const said = block.slice(label[0].length).trim() || blocks[index + 1];
    if (said) found[part] ??= said[0]?.toUpperCase() + said.slice(1);
  }
  return found;
}
