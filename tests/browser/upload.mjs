// Uploads with Node's own fetch: `node upload.mjs '{"bytes":…,"calls":[{"url":…,"headers":…,"stream":…}]}'`.
const { bytes, calls } = JSON.parse(process.argv[2]);

function* chunks() {
  for (let left = bytes; left > 0; left -= 65536) yield new Uint8Array(Math.min(left, 65536));
}

const told = [];
for (const { url, headers, stream } of calls) {
  const body = stream ? ReadableStream.from(chunks()) : new Uint8Array(bytes);
  try {
    const answer = await fetch(url, { method: "POST", headers, body, duplex: "half" });
    told.push({ status: answer.status, text: await answer.text() });
  } catch (error) {
    told.push({ failed: `${error} ${error.cause ?? ""}` });
  }
}
console.log(JSON.stringify(told));
