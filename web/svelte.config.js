import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  // Class names from the file's own path would differ between checkouts; from the name they do not.
  compilerOptions: {
    cssHash: ({ hash, css }) => `r-${hash(css)}`,
  },
};
