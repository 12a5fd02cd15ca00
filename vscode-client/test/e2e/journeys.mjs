// What people do with the extension, from the outside. Each step ends only when its result is seen.
import assert from "node:assert/strict";
import { ask, asksByKeyboard, cancels, streamsAndCites, survivesAReload } from "./chatting.mjs";
import { generates, hovers, survivesAKill, updates } from "./editing.mjs";
import { hasMenus, listsWhatCanBeDone, poses, ready, searches, showsTheIndex, sitsForAPicture, walks } from "./finding.mjs";
import { features } from "./features.mjs";
import { mends } from "./mending.mjs";
import { suggests } from "./suggesting.mjs";

export const journeys = {
  mends,
  suggests,
  features,

  async everything(tour) {
    await ready(tour);
    await hovers(tour);
    await streamsAndCites(tour);
    await cancels(tour);
    await generates(tour);
    await updates(tour);
    await survivesAKill(tour);
  },

  async around(tour) {
    await ready(tour);
    await listsWhatCanBeDone(tour, true);
    await searches(tour);
    await hasMenus(tour);
    await asksByKeyboard(tour);
    await survivesAReload(tour);
    await ready(tour);
    await walks(tour);
  },

  async themes(tour) {
    await ready(tour);
    await sitsForAPicture(tour);
    await poses(tour, "Light Modern", "vs", "light");
    await poses(tour, "Dark Modern", "vs-dark", "dark");
    await poses(tour, "Dark High Contrast", "hc-black", "high-contrast");
  },

  async roots(tour) {
    const { workbench, page, lap } = tour;
    await ready(tour);
    await showsTheIndex(tour, "shop", "depot");
    const search = (question, found) => workbench.answer("Fieldguide: Search by Meaning", question, found);
    await search("sign a cookie", (timeout) => workbench.row("sessions.py").waitFor({ timeout }));
    await page.keyboard.press("Escape");
    await search("count pallets", (timeout) => workbench.pick("pallets.py", timeout));
    await workbench.editor("pallets.py").locator(".view-line").first().waitFor();
    lap("one search covers both folders");
  },

  async untrusted(tour) {
    const { workbench, page, lap, shot } = tour;
    await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
    await ready(tour);
    await hovers(tour);
    const chat = await ask(tour, "Where is the cookie signed?");
    await chat.locator("article[aria-busy=false] .chip").first().waitFor();
    assert.equal(await chat.locator("#model").innerText(), "Offline");
    await listsWhatCanBeDone({ workbench, lap }, true);
    await shot("untrusted");
    lap("it works in restricted mode, without what the workspace would choose");
  },

  async installing(tour) {
    const { workbench, lap, shot } = tour;
    const offer = workbench.notification("Fieldguide needs its language server");
    await offer.waitFor();
    await shot("offer");
    await listsWhatCanBeDone(tour, false);
    await offer.getByRole("button", { name: "Install" }).click();
    await workbench.notification("Installing").waitFor();
    lap("it is being installed");
    await workbench.notification("Installing").waitFor({ state: "hidden", timeout: 300_000 });
    lap("it is installed");
    await ready(tour);
    await hovers(tour);
    await listsWhatCanBeDone(tour, true);
  },
};
