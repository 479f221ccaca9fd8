// Node's own fetch: `node fetch.mjs '{"url":…,"key":…,"events":…}'` asks a model, reads a stream event by event, and hangs up.
const { url, key, events } = JSON.parse(process.argv[2]);
const headers = { "X-API-Key": key, "Content-Type": "application/json" };
const ask = (path, more, signal) =>
  fetch(url + path, {
    method: "POST", headers, signal,
    body: JSON.stringify({ prompt: "Who keeps the gate?", model: "llama-7b", ...more }),
  });

const answer = await ask("/inference", {});
const told = { status: answer.status, limit: answer.headers.get("x-ratelimit-limit"), output: (await answer.json()).output };

const controller = new AbortController();
const stream = await ask("/inference/stream", { max_tokens: 512 }, controller.signal);
const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
const [tokens, times] = [[], []];
let text = "";
while (tokens.length < events) {
  const { value, done } = await reader.read();
  if (done) break;
  text += value;
  const whole = text.split("\n\n");
  text = whole.pop();
  for (const event of whole) {
    tokens.push(JSON.parse(event.replace(/^data: /, "")).token);
    times.push(performance.now() / 1000);
  }
}
controller.abort();
console.log(JSON.stringify({ ...told, kind: stream.headers.get("content-type"), tokens, times }));
