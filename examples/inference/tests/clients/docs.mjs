// The page of the API in Chromium: `node docs.mjs '{"url":…,"key":…,"directory":…,"shot":…}'` asks for the models without a key, gives
// the key, and asks again.
import { chromium } from "playwright-core";

const { url, key, directory, shot } = JSON.parse(process.argv[2]);
const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const context = await chromium.launchPersistentContext(directory, {
  executablePath: "/usr/bin/chromium", args: flags, viewport: { width: 1280, height: 1400 },
});
try {
  const page = await context.newPage();
  const complaints = [];
  const origin = new URL(url).origin;
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("requestfailed", (request) => complaints.push(`${request.url()} ${request.failure().errorText}`));
  page.on("console", (message) => {
    // The refusal that is asked for.
    const expected = message.text().includes("401") && message.location().url.endsWith("/api/v1/models");
    if (["error", "warning"].includes(message.type()) && !expected) complaints.push(message.text());
  });
  page.on("response", (answer) => {
    const wanted = answer.url().startsWith(origin) || answer.url().startsWith("data:");
    const good = answer.status() < 400 || answer.url().endsWith("/api/v1/models");
    if (!wanted || !good) complaints.push(`${answer.status()} ${answer.url()}`);
  });
  await page.goto(url);
  const operation = page.locator(".opblock-get", { has: page.locator('[data-path="/api/v1/models"]') });
  await operation.locator(".opblock-summary-control").first().click();
  const status = async () => {
    const answered = page.waitForResponse((answer) => answer.url().endsWith("/api/v1/models"));
    await operation.locator("button.execute").click();
    await answered;
    const cell = operation.locator(".live-responses-table tbody .response-col_status").first();
    await cell.waitFor();
    await page.waitForTimeout(200);
    return (await cell.innerText()).trim().split(/\s/)[0];
  };
  const refused = await status();
  await page.locator("button.authorize").first().click();
  const form = page.locator(".auth-container", { hasText: "x-api-key" });
  await form.locator("input").fill(key);
  if (shot) await page.screenshot({ path: `${shot}-key.png` });
  await form.locator("button.authorize").click();
  await page.locator("button.btn-done").first().click();
  const answered = await status();
  const body = await operation.locator(".live-responses-table tbody .response-col_description").first().innerText();
  if (shot) await page.screenshot({ path: `${shot}-answer.png` });
  console.log(JSON.stringify({ complaints, refused, status: answered, body }));
} finally {
  await context.close();
}
