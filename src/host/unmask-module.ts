// Made from unmask.wat by scripts/assemble-unmask.mjs; change that file and run `npm run assemble`.

/** The WebAssembly module, in base64. */
export const unmaskModule = [
  "AGFzbQEAAAABCAFgA39/fwF/AhABBGhvc3QGbWVtb3J5AgABAwIBAAcKAQZ1bm1hc2sAAAqOAQGLAQIDewJ/IAL9ESEDAkAD",
  "QCAAQRBqIAFLDQEgAP0AAAAgA/1RIQQgACAE/QsAACAFIAT9UCEFIABBEGohAAwACwsCQANAIAAgAU8NASAALQAAIAJzQf8B",
  "cSEGIAAgBjoAACAHIAZyIQcgAkEIeCECIABBAWohAAwACwsgB0GAAXEgBf1kQQBHQQd0cgs=",
].join("");
