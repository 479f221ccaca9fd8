// The same with Node's fetch and FormData.
//
// Usage: node predict.mjs '{"url":…,"token":…,"file":…}'. Prints what came back.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

const { url, token, file } = JSON.parse(process.argv[2]);
const bare = await fetch(`${url}/v2/models/`);
const headers = { Authorization: `Bearer ${token}` };
const { models } = await (await fetch(`${url}/v2/models/`, { headers })).json();
const predict = `${url}/v2/models/${models[0].id}/predict`;
const body = new FormData();
body.append("data", new Blob([await readFile(file)]), basename(file));
const found = await (await fetch(predict, { method: "POST", headers, body })).json();
const without = await fetch(predict, { method: "POST", headers });
console.log(
  JSON.stringify({
    bare: bare.status,
    challenge: bare.headers.get("www-authenticate"),
    found,
    without: [without.status, (await without.json()).error.code],
  }),
);
