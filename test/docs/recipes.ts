import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import express, { type Express } from 'express'
import type { TokenManager } from 'express-wechat'
import { findRecipe } from './guides.ts'

/** What the samples of the guides take for granted; see sample-globals.d.ts. */
interface SampleGlobals {
  app: Express
  tokenManager: TokenManager
}

/** Loads samples as modules, each with an app of its own that the sample adds its handlers to. */
export interface RecipeLoader {
  /** `prepare` adds what stands before the sample in a whole app. Resolves to what the sample exports. */
  load(name: string, prepare?: (app: Express) => void): Promise<{ app: Express; exports: object }>
  close(): void
}

export function createRecipeLoader(globals: Partial<Omit<SampleGlobals, 'app'>> & object): RecipeLoader {
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
        return { app, exports: await import(pathToFileURL(path).href) }
      } finally {
        for (const global of ['app', ...Object.keys(globals)]) Reflect.deleteProperty(globalThis, global)
      }
    },
    close: () => rmSync(folder, { recursive: true }),
  }
}
