// Writes static/dist/: one script, one stylesheet, the theme's early script, and Swagger UI's files.
import { spawn } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const out = path.join(here, "dist");
const watch = process.argv.includes("--watch");

async function swagger() {
  const from = path.dirname(require.resolve("swagger-ui-dist/package.json"));
  await mkdir(path.join(out, "swagger"), { recursive: true });
  for (const name of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
    const text = await readFile(path.join(from, name), "utf8");
    // The maps are not shipped, and a reference to a missing file is refused when static files are hashed.
    await writeFile(path.join(out, "swagger", name), text.replace(/^\/[/*]# sourceMappingURL=.*$/gm, ""));
  }
}

function styles() {
  const bin = path.join(path.dirname(require.resolve("@tailwindcss/cli/package.json")), "dist", "index.mjs");
  const args = [bin, "-i", path.join(here, "src", "app.css"), "-o", path.join(out, "app.css"), "--minify"];
  if (watch) args.push("--watch=always");
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"], cwd: path.dirname(here) });
    child.on("exit", (code) => (code === 0 ? done() : failed(new Error(`tailwindcss ended with ${code}`))));
    if (watch) done();
  });
}

async function scripts() {
  const options = {
    entryPoints: ["app.js", "theme.js", "swagger.js"].map((name) => path.join(here, "src", name)),
    outdir: out,
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: true,
    sourcemap: true,
    legalComments: "linked",
  };
  if (!watch) return esbuild.build(options);
  const context = await esbuild.context(options);
  return context.watch();
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await Promise.all([swagger(), styles(), scripts(), cp(path.join(here, "src", "icon.svg"), path.join(out, "icon.svg"))]);
