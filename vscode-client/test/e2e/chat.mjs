// The chat: questions, answers, citations, and the state after a reload.
import assert from "node:assert/strict";
import { until } from "./workbench.mjs";

const FINISHED = "article[aria-busy=false]";

export async function ask({ workbench }, question) {
  const chat = workbench.webview();
  await until(
    () => workbench.command("Fieldguide: Ask a Question"),
    (timeout) => chat.locator("#question").waitFor({ timeout }),
  );
  await chat.locator("#question").fill(question);
  await chat.locator("#send:enabled").waitFor();
  await chat.locator("#question").press("Enter");
  return chat;
}

/** Waits until all cited lines of sign_cookie are open and selected. */
async function waitForCitedLines({ workbench }) {
  await workbench.editor("sessions.py").locator(".view-line", { hasText: /def.sign_cookie/ }).waitFor();
  await workbench.status(/^Ln 1[78], Col \d+ \(\d+ selected\)/).waitFor();
}

export async function streamsAnswer(journey) {
  const { lap, shot } = journey;
  const chat = await ask(journey, "Where is the cookie signed?");
  await chat.locator("article[aria-busy=true]", { hasText: "The cookie is" }).waitFor();
  lap("the answer streams");
  const chip = chat.locator(`${FINISHED} .chip`, { hasText: "sessions.py" }).first();
  await chip.waitFor();
  await chat.locator("footer", { hasText: "1 of 1 citations verified" }).waitFor();
  await chat.locator("#model", { hasText: "scripted" }).waitFor();
  await shot("answer");
  await chip.click();
  await waitForCitedLines(journey);
  lap("the citation opens its lines");
}

export async function stopsAnswer(journey) {
  const { lap } = journey;
  const chat = await ask(journey, "Tell me a long story about it.");
  await chat.locator("article[aria-busy=true]", { hasText: "Once upon" }).waitFor();
  await chat.locator("#stop").click();
  await chat.locator(FINISHED, { hasText: "Stopped." }).waitFor();
  lap("the answer is stopped");
}

/** Asks from the editor and opens a citation without a mouse. */
export async function asksByKeyboard(journey) {
  const { workbench, page, lap } = journey;
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
  await chat.locator(FINISHED, { hasText: "Where is the cookie signed?" }).locator(".chip", { hasText: "sessions.py" }).first().waitFor();
  const focused = () => chat.locator(":focus").evaluate((each) => each.className);
  for (let presses = 0; (await focused()) !== "chip"; presses++) {
    assert.ok(presses < 10, "Shift+Tab does not reach a citation");
    await page.keyboard.press("Shift+Tab");
  }
  await page.keyboard.press("Enter");
  await workbench.editor("sessions.py").locator(".view-line").first().waitFor();
  lap("the chat works by keyboard");
}

export async function restoresAfterReload(journey) {
  const { workbench, lap } = journey;
  const chat = workbench.webview();
  await chat.locator("#question").fill("an unfinished question");
  const before = await chat.locator("#log").innerText();
  await workbench.reload();
  await chat.locator(`${FINISHED} .chip`).first().waitFor();
  assert.equal(await chat.locator("#log").innerText(), before);
  assert.equal(await chat.locator("#question").inputValue(), "an unfinished question");
  lap("the chat is the same after a reload");
}
