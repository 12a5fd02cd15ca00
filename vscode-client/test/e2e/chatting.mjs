// The chat: asked, read, stopped, and found again after a reload.
import assert from "node:assert/strict";
import { until } from "./workbench.mjs";

const ANSWERED = "article[aria-busy=false]";

export async function ask({ workbench }, question) {
  const chat = workbench.webview();
  await until(
    () => workbench.command("Fieldguide: Ask"),
    (timeout) => chat.locator("#question").waitFor({ timeout }),
  );
  await chat.locator("#question").fill(question);
  await chat.locator("#send:enabled").waitFor();
  await chat.locator("#question").press("Enter");
  return chat;
}

/** Waits until the cited lines of sign_cookie are open and selected, to the last of them. */
async function opensItsLines({ workbench }) {
  await workbench.editor("sessions.py").locator(".view-line", { hasText: /def.sign_cookie/ }).waitFor();
  await workbench.status(/^Ln 1[78], Col \d+ \(\d+ selected\)/).waitFor();
}

export async function streamsAndCites(tour) {
  const { lap, shot } = tour;
  const chat = await ask(tour, "Where is the cookie signed?");
  await chat.locator("article[aria-busy=true]", { hasText: "The cookie is" }).waitFor();
  lap("the answer streams");
  const chip = chat.locator(`${ANSWERED} .chip`, { hasText: "sessions.py" }).first();
  await chip.waitFor();
  await chat.locator("footer", { hasText: "1 of 1 citations verified" }).waitFor();
  await chat.locator("#model", { hasText: "scripted" }).waitFor();
  await shot("answer");
  await chip.click();
  await opensItsLines(tour);
  lap("the citation opens its lines");
}

export async function cancels(tour) {
  const { lap } = tour;
  const chat = await ask(tour, "Tell me a long story about it.");
  await chat.locator("article[aria-busy=true]", { hasText: "Once upon" }).waitFor();
  await chat.locator("#stop").click();
  await chat.locator(ANSWERED, { hasText: "Stopped." }).waitFor();
  lap("the answer is stopped");
}

/** From the editor to the cited lines without a mouse. */
export async function asksByKeyboard(tour) {
  const { workbench, page, lap } = tour;
  const chat = workbench.webview();
  await workbench.openFile("README.md");
  await until(
    async () => {
      await page.keyboard.press("Control+Alt+G");
      await page.keyboard.press("Control+Alt+A");
    },
    (timeout) => chat.locator("#question:focus").waitFor({ timeout }),
  );
  await page.keyboard.type("Where is the cookie signed?");
  await chat.locator("#send:enabled").waitFor();
  await page.keyboard.press("Enter");
  await chat.locator(ANSWERED, { hasText: "Where is the cookie signed?" }).locator(".chip", { hasText: "sessions.py" }).first().waitFor();
  const focused = () => chat.locator(":focus").evaluate((each) => each.className);
  for (let presses = 0; (await focused()) !== "chip"; presses++) {
    assert.ok(presses < 10, "Shift+Tab does not come to a citation");
    await page.keyboard.press("Shift+Tab");
  }
  await page.keyboard.press("Enter");
  await workbench.editor("sessions.py").locator(".view-line").first().waitFor();
  lap("the chat is used by keyboard alone");
}

export async function survivesAReload(tour) {
  const { workbench, lap } = tour;
  const chat = workbench.webview();
  await chat.locator("#question").fill("half a thought");
  const before = await chat.locator("#log").innerText();
  await workbench.reload();
  await chat.locator(`${ANSWERED} .chip`).first().waitFor();
  assert.equal(await chat.locator("#log").innerText(), before);
  assert.equal(await chat.locator("#question").inputValue(), "half a thought");
  lap("the chat is as it was before the reload");
}
