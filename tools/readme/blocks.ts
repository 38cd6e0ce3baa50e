/** The runnable blocks of a Markdown text: those fenced as `ts` or `js` and nothing more. */

/** One block of code and the line on which it begins. */
export interface Block {
  readonly line: number;
  readonly language: "ts" | "js";
  readonly code: string;
}

/** All blocks that readers may take for programs. Other fences (`text`, `sh`, ...) are prose. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; language: string; code: string[] } | undefined;
  markdown.split(/\r?\n/).forEach((text, index) => {
    const fence = /^```(\w*)\s*$/.exec(text);
    if (!fence) open?.code.push(text);
    else if (!open) open = { line: index + 2, language: fence[1] ?? "", code: [] };
    else {
      const { line, language, code } = open;
      if (language === "ts" || language === "js") {
        blocks.push({ line, language, code: `${code.join("\n")}\n` });
      }
      open = undefined;
    }
  });
  return blocks;
}
