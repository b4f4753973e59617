import type { Random } from './random.ts';

/** An invented customer. The address stays the same in every batch it is in, but for its capitals. */
export type Recipient = { address: string; name: string };

export type BatchWanted = {
  size: number;
  fixed: readonly Recipient[];
  /** Everybody so far, by the address in lower case; added to. */
  people: Map<string, Recipient>;
  /** Addresses that chance must not hit upon. */
  reserved: readonly string[];
};

const words = (text: string) => text.trim().split(/\s+/);

const GIVEN = words(`
  Amara Aiko Anselm Anouk Aroha Asel Bahar Beatriz Bojan Camila Chidi Dariusz Delphine Ebba Eitan Elif Emeka Esra Farah Femke
  Gianni Giulia Goran Hana Henrike Hiroshi Ifeoma Ilse Imre Ines Jaroslav Joaquín João Jun Kaan Katja Kofi Lars Leila Lior
  Lucía Maëlle Malik Marisol Meera Milan Mikkel Naoko Nils Noor Ólafur Oksana Paulo Petra Priya Quentin Rahel Ravi Renée Rohan
  Sanna Sara Sergei Sinéad Søren Tariq Tatjana Thandi Tomás Ulrike Vanja Wei Xavier Yael Yuki Zainab Zoë Željko`);

const FAMILY = words(`
  Abara Adeyemi Alvarsson Amsel Aurenhammer Balogun Barzani Bianchetti Bjerke Brânză Carvalhinho Castrillo Chaudhari Dembélé
  Dijkstra Dragović Dvořáček Eklundh Erdoğmuş Fairweather Farkas Feldbauer Fukumoto Galvão Ghorbani Grünwald Hadžić Haidari
  Halvorsen Hernández Ilves Iwamoto Jansons Jóhannsson Kallas Karimi Kowalczuk Krishnan Kruger Lehtonen Lindgaard Longobardi
  Maekawa Mbeki Mensah Moreira Nakagawa Ndiaye Nguyen Novotná Nyström Obuya Okonjo Oyelaran Pāvels Pereyra Petrović Quiroga
  Rasmussen Rautio Rosenthaler Rozenberg Saarinen Schönfeld Sepúlveda Sharma Skovgård Sokolova Šimić Takahara Tanaka Tremblay
  Ünal Vasilescu Vestergaard Virtanen Wójcik Yamaguchi Yıldırım Zhang Zieliński`);

const HANDLE = words(`
  amber anchor atlas birch blue bison canyon cedar comet copper coral crane delta drift ember falcon fern fjord flint garnet
  glacier harbor hazel heron indigo iron jade juniper kestrel lagoon lark lunar maple marlin meadow mint mosaic nimbus north
  oak onyx opal orchid otter pepper pine plum quartz raven reef river rust saffron sage sail silver sparrow spruce tide topaz
  umber velvet walnut willow wren zephyr`);

const ROLES = words(`
  info office team trading treasury crypto.trader btc.wallet invest no.reply accounts support sales market.maker`);

const DOMAINS = words(`
  example.com example.net example.org mail.example inbox.example post.example customers.example firm.example`);

/** Written in their own letters and, as some programs do, already encoded. */
const OTHER_DOMAINS = words(`bücher.example xn--caf-dma.example пример.example 例え.example`);

/** One message's recipients: mostly people not met before, about one in fifty met in an earlier one. */
export function batchOf(random: Random, { size, fixed, people, reserved }: BatchWanted): Recipient[] {
  const known = [...people.values()];
  const batch = new Map<string, Recipient>();
  while (batch.size < size - fixed.length) {
    const again = known.length > 0 && random.below(50) === 0;
    const recipient = again ? capitalised(random, random.pick(known)) : somebody(random);
    const key = recipient.address.toLowerCase();
    if (batch.has(key) || reserved.includes(key) || (!again && people.has(key))) continue;
    batch.set(key, recipient);
    if (!again) people.set(key, recipient);
  }
  const recipients = [...batch.values()];
  for (const person of fixed) recipients.splice(random.below(recipients.length), 0, person);
  return recipients;
}

function somebody(random: Random): Recipient {
  const given = random.pick(GIVEN);
  const family = random.pick(FAMILY);
  const tag = random.below(25) === 0 ? `+${random.pick(['harbourline', 'crypto', 'exchange'])}` : '';
  const local = localPart(random, plain(given), plain(family)) + tag;
  const domain = random.pick(random.below(15) === 0 ? OTHER_DOMAINS : DOMAINS);
  const recipient = { address: `${local}@${domain}`, name: `${given} ${family}` };
  return random.below(20) === 0 ? capitalised(random, recipient) : recipient;
}

/** About 15 in 100 give a first and a last name away. */
function localPart(random: Random, given: string, family: string): string {
  const kind = random.below(1000);
  const year = String(60 + random.below(45)).slice(-2);
  if (kind < 100) return `${given}.${family}`;
  if (kind < 125) return `${given}_${family}`;
  if (kind < 140) return `${given}-${family}`;
  if (kind < 152) return `${given}.${family}${year}`;
  if (kind < 300) return `${given[0]}.${family}${year}`;
  if (kind < 470) return `${given}${family.slice(0, 3)}${year}`;
  if (kind < 640) return `${given}${random.below(10_000)}`;
  if (kind < 930) return `${random.pick(HANDLE)}${random.pick(HANDLE)}${random.below(100)}`;
  return `${random.pick(ROLES)}${random.below(1000)}`;
}

/** As some people type their own address. */
function capitalised(random: Random, { address, name }: Recipient): Recipient {
  if (random.below(3) === 0)
    return { address: address.replace(/^[^@]+/, (local) => local.toUpperCase()), name };
  return {
    address: address.replace(/^[a-z]|(?<=[._-])[a-z](?=[^@]*@)/g, (letter) => letter.toUpperCase()),
    name,
  };
}

/** The letters A to Z that an address would spell the name with. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[øłıđæ]/g, (letter) => ({ ø: 'o', ł: 'l', ı: 'i', đ: 'd', æ: 'ae' })[letter] ?? '')
    .replace(/[^a-z]/g, '');
}
