// What pages of two origins see of an API, in Chromium: `node page.mjs '{"api":…,"pages":{…},"directory":…,"calls":[…]}'`.
import { chromium } from "playwright-core";

const { api, pages, directory, calls } = JSON.parse(process.argv[2]);
const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const context = await chromium.launchPersistentContext(directory, { executablePath: "/usr/bin/chromium", args: flags });
try {
  const told = [];
  const opened = {};
  for (const [name, url] of Object.entries(pages)) {
    opened[name] = await context.newPage();
    await opened[name].goto(url);
  }
  for (const call of calls) {
    const page = opened[call.from];
    told.push(await page.evaluate(async ({ url, call }) => {
      const options = { method: call.method, headers: call.headers };
      if (call.bytes) options.body = new Blob([new Uint8Array(call.bytes)]);
      try {
        const answer = await fetch(url, options);
        return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
      } catch (error) {
        return { failed: `${error}` };
      }
    }, { url: api + call.path, call }));
  }
  console.log(JSON.stringify(told));
} finally {
  await context.close();
}
