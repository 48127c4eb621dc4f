// The site over the pages that build.mjs has assembled. Everything it needs is its own: no font, script or search of others.

import { defineConfig } from "vitepress";
import { referenceSidebar } from "../reference.mjs";

const guide = [
  {
    text: "Guide",
    items: [
      { text: "Getting started", link: "/getting-started" },
      { text: "Server", link: "/server" },
      { text: "Client", link: "/client" },
      { text: "The browser's API", link: "/web-api" },
      { text: "The command line", link: "/command-line" },
      { text: "Backpressure", link: "/backpressure" },
      { text: "Streams", link: "/streams" },
      { text: "Topics", link: "/topics" },
      { text: "Compression", link: "/compression" },
      { text: "The chat, an example", link: "/chat" },
    ],
  },
  {
    text: "How to",
    items: [
      { text: "Express, Fastify, Hono", link: "/frameworks" },
      { text: "Authentication", link: "/authentication" },
      { text: "Broadcasting", link: "/broadcasting" },
      { text: "Testing your app", link: "/testing" },
      { text: "In place of ws", link: "/ws" },
      { text: "Migrating from ws", link: "/migrating-from-ws" },
    ],
  },
  {
    text: "Operations",
    items: [
      { text: "The reverse proxy", link: "/proxy" },
      { text: "Running the proxy", link: "/proxy-operation" },
      { text: "The proxy in code", link: "/proxy-in-code" },
      { text: "Migrating from nginx", link: "/migrating-from-nginx" },
      { text: "Behind nginx", link: "/nginx" },
      { text: "Graceful restart", link: "/graceful-restart" },
      { text: "Security", link: "/security" },
      { text: "Performance", link: "/performance" },
      { text: "Benchmarking", link: "/benchmarking" },
      { text: "io_uring and kernel TLS", link: "/io-uring" },
    ],
  },
  {
    text: "Reference",
    items: [
      { text: "API", link: "/api/" },
      { text: "Errors", link: "/errors" },
      { text: "The proxy's config file", link: "/proxy-configuration" },
      { text: "The protocol without I/O", link: "/protocol" },
    ],
  },
  {
    text: "Project",
    collapsed: true,
    items: [
      { text: "Architecture", link: "/project/architecture" },
      { text: "Benchmark results", link: "/project/results" },
      { text: "Changelog", link: "/project/changelog" },
      { text: "Contributing", link: "/project/contributing" },
      { text: "Reporting a vulnerability", link: "/project/reporting" },
    ],
  },
];

/** The anchor of a heading as the hosts of repositories make it: links within the pages lead there too. */
function slugify(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

export default defineConfig({
  title: "Sluice",
  description: "A WebSocket client and server for Node.js: strict, bounded by default, without dependencies",
  lang: "en",
  srcDir: ".pages",
  outDir: "dist",
  cleanUrls: false,
  head: [["link", { rel: "icon", href: "/icon.svg", type: "image/svg+xml" }]],
  markdown: { theme: { light: "github-light", dark: "github-dark" }, anchor: { slugify } },
  // The index of the search is one file, which is loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    logo: { src: "/icon.svg", alt: "" },
    search: {
      provider: "local",
      options: {
        // The reference has a heading for everything: without this it buries the page that explains.
        miniSearch: { searchOptions: { boostDocument: (id) => (id.startsWith("/api/") ? 0.2 : 1) } },
      },
    },
    outline: [2, 3],
    nav: [
      { text: "Guide", link: "/getting-started", activeMatch: "^/(?!api/|errors|project/)." },
      { text: "API", link: "/api/", activeMatch: "^/api/" },
      { text: "Errors", link: "/errors" },
      { text: "Changelog", link: "/project/changelog" },
    ],
    sidebar: {
      "/": guide,
      "/api/": referenceSidebar(),
    },
    footer: { message: "MIT licence, the Sluice authors" },
  },
});
