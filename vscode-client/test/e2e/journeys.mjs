// End-to-end journeys through the user interface. Each step waits for its visible result.
import assert from "node:assert/strict";
import { ask, asksByKeyboard, restoresAfterReload, stopsAnswer, streamsAnswer } from "./chat.mjs";
import { generates, hovers, restartsKilledServer, updates } from "./editor.mjs";
import { features } from "./features.mjs";
import { hasMenus, listsCommands, opensWalkthrough, ready, searches, showsAnswer, showsIndex, switchesTheme } from "./navigation.mjs";
import { fixesConfig } from "./quickFixes.mjs";
import { generatesWithModel } from "./withModel.mjs";
import { PATIENCE } from "./workbench.mjs";

export const journeys = {
  fixesConfig,
  generatesWithModel,
  features,

  async mainFeatures(journey) {
    await ready(journey);
    await hovers(journey);
    await streamsAnswer(journey);
    await stopsAnswer(journey);
    await generates(journey);
    await updates(journey);
    await restartsKilledServer(journey);
  },

  async navigation(journey) {
    await ready(journey);
    await listsCommands(journey, true);
    await searches(journey);
    await hasMenus(journey);
    await asksByKeyboard(journey);
    await restoresAfterReload(journey);
    await ready(journey);
    await opensWalkthrough(journey);
  },

  async themes(journey) {
    await ready(journey);
    await showsAnswer(journey);
    await switchesTheme(journey, "Light Modern", "vs", "light");
    await switchesTheme(journey, "Dark Modern", "vs-dark", "dark");
    await switchesTheme(journey, "Dark High Contrast", "hc-black", "high-contrast");
  },

  async multiRoot(journey) {
    const { workbench, page, lap } = journey;
    await ready(journey);
    await showsIndex(journey, "shop", "depot");
    const search = (query, act) => workbench.answer("Fieldguide: Search by Meaning", query, act);
    await search("sign a cookie", (timeout) => workbench.row("sessions.py").waitFor({ timeout }));
    await page.keyboard.press("Escape");
    await search("count pallets", (timeout) => workbench.pick("pallets.py", timeout));
    await workbench.editor("pallets.py").locator(".view-line").first().waitFor();
    lap("one search covers both folders");
  },

  async untrusted(journey) {
    const { workbench, page, lap, shot } = journey;
    await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
    await ready(journey);
    await hovers(journey);
    const chat = await ask(journey, "Where is the cookie signed?");
    await chat.locator("article[aria-busy=false] .chip").first().waitFor();
    assert.equal(await chat.locator("#model").innerText(), "Offline");
    await listsCommands({ workbench, lap }, true);
    await shot("untrusted");
    lap("it works in restricted mode, without the settings of the workspace");
  },

  async installation(journey) {
    const { workbench, lap, shot } = journey;
    const offer = workbench.notification("Fieldguide needs its language server");
    await offer.waitFor();
    await shot("offer");
    await listsCommands(journey, false);
    await offer.getByRole("button", { name: "Install" }).click();
    await workbench.notification("Installing").waitFor();
    lap("it is being installed");
    await workbench.notification("Installing").waitFor({ state: "hidden", timeout: 300_000 * PATIENCE });
    lap("it is installed");
    await ready(journey);
    await hovers(journey);
    await listsCommands(journey, true);
  },
};
