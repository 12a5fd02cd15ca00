// An outdated config file: diagnostics, a quick fix, hovers and completion.
import { until } from "./workbench.mjs";

export async function fixesConfig({ workbench, page, lap, shot }) {
  await page.locator(".statusbar-item a[aria-label*='Fieldguide: ready']").waitFor();
  const editor = await workbench.openFile(".gitpod.yml");
  await editor.locator(".squiggly-warning").first().waitFor();
  lap("a dangling script is underlined");
  await workbench.goTo(4, 16);
  await workbench.hover("There is no package script sead");
  await shot("dangling");
  await page.keyboard.press("Escape");
  await workbench.codeAction(() => workbench.command("Quick Fix..."), "Use seed");
  await editor.locator(".view-line", { hasText: /npm.run.seed/ }).waitFor();
  await editor.locator(".squiggly-warning").waitFor({ state: "detached" });
  lap("a quick fix corrects it");
  await workbench.goTo(4, 8);
  await workbench.hover("package.json:");
  await shot("config-hover");
  await page.keyboard.press("Escape");
  await workbench.goTo(7, 13);
  const row = page.locator(".suggest-widget.visible .monaco-list-row", { hasText: "open-preview" });
  await until(
    () => page.keyboard.press("Control+Space"),
    (timeout) => row.waitFor({ timeout }),
  );
  await shot("completion");
  lap("values are completed");
}
