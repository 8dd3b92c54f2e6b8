import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import express, { type Express } from 'express'
import { findRecipe } from './guides.ts'

/** Loads samples as modules, each with an app of its own that the sample adds its handlers to. */
export interface RecipeLoader {
  /** `prepare` adds what stands before the sample in a whole app. Resolves to what the sample exports. */
  load<Exports extends object>(
    name: string,
    prepare?: (app: Express) => void,
  ): Promise<Exports & { app: Express }>
  close(): void
}

/** `globals` are what samples take for granted besides an app; see sample-globals.d.ts. */
export function createRecipeLoader(globals: object): RecipeLoader {
  mkdirSync('artifacts', { recursive: true })
  const folder = mkdtempSync(resolve('artifacts/recipes-'))
  let count = 0

  return {
    async load(name, prepare) {
      // A module is loaded once for each address.
      count += 1
      const path = join(folder, `${count}-${name}.ts`)
      writeFileSync(path, findRecipe(name).code)
      const app = express()
      prepare?.(app)
      Object.assign(globalThis, { ...globals, app })
      try {
        return { ...(await import(pathToFileURL(path).href)), app }
      } finally {
        for (const global of ['app', ...Object.keys(globals)]) Reflect.deleteProperty(globalThis, global)
      }
    },
    close: () => rmSync(folder, { recursive: true }),
  }
}
