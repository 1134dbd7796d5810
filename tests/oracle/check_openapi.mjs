// Is openapi.json an OpenAPI 3.1 document?  Asked of a validator that we did not write.  A document with a mistake planted in
// it must be refused, so that a validator that says yes to everything is found out.
import { readFile } from "node:fs/promises";
import { Validator } from "@seriousme/openapi-schema-validator";

const text = await readFile(process.argv[2], "utf8");

async function faults(document) {
  const validator = new Validator();
  const answer = await validator.validate(document);
  if (answer.valid && validator.version !== "3.1") return `it is taken for version ${validator.version}`;
  return answer.valid ? "" : JSON.stringify(answer.errors).slice(0, 600);
}

const wrong = await faults(JSON.parse(text));
if (wrong !== "") {
  console.log(`openapi.json is not an OpenAPI 3.1 document: ${wrong}`);
  process.exit(1);
}
const planted = [
  (d) => { delete d.info.title; },
  (d) => { d.paths["/api/v1/me"].get.responses = "200"; },
  (d) => { d.paths["/api/v1/records"].get.parameters.push({ name: "x", in: "nowhere" }); },
  (d) => { d.components.parameters.Csrf = { name: "X-CSRF-Token" }; },
];
for (const [number, plant] of planted.entries()) {
  const document = JSON.parse(text);
  plant(document);
  if ((await faults(document)) === "") {
    console.log(`planted mistake ${number} was not found`);
    process.exit(1);
  }
}
