/** An int8 as a number. One that a number cannot hold exactly is an error and not another number. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number))
    throw new RangeError(`The database holds ${text}, which is too large to be exact.`);
  return number;
}
