/** Puts generated text into the places of a README that are marked for it. */

/**
 * The text with each section in its place: between `<!-- keys: npm run generate -->` and
 * `<!-- end of keys -->` for the name `keys`. Throws when there is no such place.
 */
export function withSections(text: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce((before, [name, section]) => {
    const [begin, end] = [`<!-- ${name}: npm run generate -->\n`, `\n<!-- end of ${name} -->`];
    const from = before.indexOf(begin);
    const to = before.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`no place for ${name}: ${begin}...${end}`);
    return before.slice(0, from + begin.length) + section + before.slice(to);
  }, text);
}
