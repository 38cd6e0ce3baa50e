export { type KeySchema, keyRows, keyTable } from "./key-table.ts";
export { withSections } from "./sections.ts";
