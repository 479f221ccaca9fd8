// An upload with Node's fetch and FormData, and the result read again.
//
// Usage: node upload.mjs '{"url":…,"key":…,"file":…}'. Prints what was found.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

const { url, key, file } = JSON.parse(process.argv[2]);
const headers = { "X-API-Key": key };
const form = new FormData();
form.append("file", new Blob([await readFile(file)]), basename(file));
const answer = await fetch(`${url}/analyze`, { method: "POST", headers, body: form });
const found = await answer.json();
const again = await fetch(url + answer.headers.get("location"), { headers });
const wrong = new FormData();
wrong.append("file", new Blob(["text"]), "a.txt");
const refused = await fetch(`${url}/analyze`, { method: "POST", headers, body: wrong });
console.log(
  JSON.stringify({ status: answer.status, found, again: await again.json(), wrong: refused.status }),
);
