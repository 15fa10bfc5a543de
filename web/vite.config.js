// Builds one script and one style sheet into the Python package, and beside them the licences of
// what went in. Nothing in the output depends on the machine or the hour: CI builds it again and
// compares the bytes.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));

/** The folder of the package that a module belongs to, or null for our own source. */
function packageOf(id) {
  const found = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id.split('?')[0]);
  return found && existsSync(join(found[1], 'package.json')) ? found[1] : null;
}

function licences() {
  return {
    name: 'licences',
    generateBundle() {
      const folders = new Set([...this.getModuleIds()].map(packageOf).filter(Boolean));
      const texts = [...folders].map((folder) => {
        const { name, version, license } = JSON.parse(
          readFileSync(join(folder, 'package.json'), 'utf8'),
        );
        const file = readdirSync(folder).sort().find((entry) => /^licen[cs]e/i.test(entry));
        const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
        return `${name} ${version} (${license})\n\n${text}\n`;
      });
      const rule = `\n${'-'.repeat(72)}\n\n`;
      this.emitFile({
        type: 'asset',
        fileName: 'licences.txt',
        source: texts.sort().join(rule).replaceAll('\r\n', '\n'),
      });
    },
  };
}

/** `npm run dev` shows the tests' invented payload. */
function fixture() {
  return {
    name: 'fixture',
    apply: 'serve',
    transformIndexHtml: (html) =>
      html.replace(
        'PAYLOAD',
        readFileSync(join(here, '../tests/fixtures/payload.json'), 'utf8').replaceAll('<', '\\u003c'),
      ),
  };
}

export default defineConfig({
  plugins: [svelte(), licences(), fixture()],
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    target: 'es2022',
    outDir: '../src/rimland/pages/dist',
    emptyOutDir: true,
    lib: {
      entry: 'src/main.ts',
      formats: ['iife'],
      name: 'rimland',
      fileName: () => 'page.js',
      cssFileName: 'page',
    },
  },
});
