/** "1 other address", "1,995 other addresses". */
export function others(count: number): string {
  return `${count.toLocaleString('en')} other ${count === 1 ? 'address' : 'addresses'}`;
}
