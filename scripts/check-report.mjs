// Opens a page of `hakbench report` in a real browser, on a desk and on a phone, light and dark:
// no request leaves it, nothing is wider than the screen, axe finds no violation, the console is
// silent. With a folder it also keeps what it saw as pictures.
//   node scripts/check-report.mjs [--shots FOLDER] PAGE.html...
// Needs Debian's chromium (or CHROMIUM=path) and two npm packages, which it installs into
// build/report-check when they are not there: playwright-core (Apache-2.0) and axe-core (MPL-2.0).
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const packages = ["playwright-core@1.49.1", "axe-core@4.10.2"];
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const home = join(root, "build", "report-check");
const chromium = process.env.CHROMIUM || "/usr/bin/chromium";
const sizes = { phone: { width: 360, height: 780 }, desk: { width: 1280, height: 900 } };
const themes = ["light", "dark"];

function giveUp(text) {
  console.error(`report-check: ${text}`);
  process.exit(2);
}

function needed() {
  if (!existsSync(chromium)) giveUp(`${chromium} is not there: apt-get install chromium`);
  if (packages.every((name) => existsSync(join(home, "node_modules", name.split("@")[0])))) return;
  console.error(`report-check: installing ${packages.join(" and ")} into build/report-check`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), '{"private": true}\n');
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...packages], {
    cwd: home,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

// What only a browser can show: boxes that leave the screen, pictures that are not seen, small text.
function look() {
  const faults = [];
  const wide = document.documentElement.clientWidth;
  for (const part of document.querySelectorAll("details.session")) part.open = true;
  if (document.documentElement.scrollWidth > wide)
    faults.push(`the page is ${document.documentElement.scrollWidth} px wide on ${wide}`);
  for (const figure of document.querySelectorAll("figure.chart")) {
    const seen = [...figure.querySelectorAll(":scope > svg")].filter((svg) => svg.getBoundingClientRect().width > 0);
    if (figure.querySelector(":scope > svg") && seen.length !== 1) faults.push(`${seen.length} pictures in a figure`);
    for (const svg of seen) {
      const box = svg.getBoundingClientRect();
      const title = svg.querySelector("title").textContent;
      if (box.left < 0 || box.right > wide + 1) faults.push(`"${title}" leaves the screen`);
      for (const text of svg.querySelectorAll("text")) {
        const own = text.getBoundingClientRect();
        if (own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1)
          faults.push(`"${text.textContent}" is cut off in "${title}"`);
        if (own.height > 0 && own.height < 9 && own.width > own.height)
          faults.push(`"${text.textContent}" is ${own.height.toFixed(1)} px high in "${title}"`);
      }
    }
  }
  return faults;
}

async function visit(browser, file, size, theme, axe, shots) {
  const faults = [];
  const requests = [];
  const context = await browser.newContext({ viewport: sizes[size], colorScheme: theme, bypassCSP: false });
  const page = await context.newPage();
  const address = pathToFileURL(resolve(file)).href;
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => faults.push(`the console says: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`an error: ${error.message}`));
  await page.goto(address, { waitUntil: "load" });
  faults.push(...(await page.evaluate(look)));
  if (shots) {
    const stem = join(shots, `${basename(file, ".html")}-${size}-${theme}`);
    await page.screenshot({ path: `${stem}.png`, fullPage: true });
    await page.screenshot({ path: `${stem}-top.png` });
  }
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
  faults.push(...(await page.evaluate(look)));
  const others = requests.filter((url) => url !== address);
  if (others.length) faults.push(`requests leave the page: ${others.slice(0, 3).join(" ")}`);
  await page.evaluate(axe); // by the debugger: the page's own policy allows no script
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const violation of found.violations)
    faults.push(`axe: ${violation.id}, ${violation.nodes.length} times: ${violation.help}; first ${violation.nodes[0].html.slice(0, 120)}`);
  await context.close();
  console.log(
    `${basename(file)} ${size} ${theme}: ${requests.length} request, ${found.passes?.length ?? 0} axe rules passed, ` +
      `${found.violations.length} violated${faults.length ? "" : ", all well"}`,
  );
  return faults;
}

async function main(args) {
  let shots = null;
  if (args[0] === "--shots") {
    shots = args[1];
    mkdirSync(shots, { recursive: true });
    args = args.slice(2);
  }
  if (args.length === 0) giveUp("which page? node scripts/check-report.mjs [--shots FOLDER] PAGE.html...");
  for (const file of args) if (!existsSync(file)) giveUp(`${file} is not there`);
  needed();
  const load = createRequire(join(home, "package.json"));
  const axe = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
  const browser = await load("playwright-core").chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });
  const faults = [];
  for (const file of args)
    for (const size of Object.keys(sizes))
      for (const theme of themes)
        for (const fault of await visit(browser, file, size, theme, axe, shots))
          faults.push(`${basename(file)} ${size} ${theme}: ${fault}`);
  await browser.close();
  for (const fault of faults) console.error(fault);
  console.log(faults.length ? `report-check: ${faults.length} faults` : "report-check: all well");
  process.exit(faults.length ? 1 : 0);
}

await main(process.argv.slice(2));
