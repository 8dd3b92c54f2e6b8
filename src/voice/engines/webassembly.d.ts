// The types of wasm-media-encoders name this one, which TypeScript declares only among the DOM's.
declare namespace WebAssembly {
  type Module = object
}
